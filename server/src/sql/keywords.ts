/**
 * Keywords, functions, names of types and date parts of each dialect, in lower case. Words that are often names of
 * columns, such as `name`, `status` and `value`, are left out of the keywords, because a keyword is never reported as
 * an unknown name.
 */
import type { Dialect } from './dialect';

const words = (text: string): string[] => text.trim().split(/\s+/);

const commonKeywords = words(`
  select from where and or not in is null like escape between exists any some all distinct case when then else end
  group by having order asc desc limit offset fetch next only union intersect except join inner left right full outer
  cross natural on using as with recursive over partition window rows groups unbounded preceding following
  within filter nulls ties lateral insert into values update set delete returning create alter drop table view index
  trigger temp temporary if add column constraint primary foreign key references unique check default cascade restrict
  collate cast begin commit rollback savepoint release transaction explain analyze true false unknown
  current_date current_time current_timestamp for each row do nothing conflict excluded grant revoke truncate
  generated always stored virtual replace action deferrable deferred initially materialized rename to first last
  merge matched current`);

const dialectKeywords: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite:
    words(`glob regexp match isnull notnull indexed pragma vacuum attach detach autoincrement without rowid
    abort fail ignore raise instead of before after reindex strict exclude others query plan`),
  postgres:
    words(`ilike similar isnull notnull array symmetric asymmetric tablesample current_user session_user user
    localtime localtimestamp current_catalog at zone interval cube rollup sets grouping ordinality variadic overriding system copy
    schema sequence extension function procedure language returns declare execute concurrently owner inherits
    current_schema current_role share nowait skip locked no of before after instead exclude others range share`),
  duckdb:
    words(`ilike similar isnull notnull glob qualify exclude pivot unpivot asof anti semi positional sample
    tablesample struct map list lambda columns array interval at zone cube rollup sets grouping summarize describe show
    pragma attach detach install load copy using_sample ordinality range`),
  mysql:
    words(`div mod xor rlike regexp binary straight_join force use ignore low_priority high_priority delayed
    sql_calc_found_rows sql_no_cache interval rollup separator dual duplicate show describe engine charset auto_increment
    character unsigned zerofill utc_date utc_time utc_timestamp localtime localtimestamp procedure function lock share mode
    before after of against match boolean`),
  tsql: words(`top percent apply pivot unpivot output go exec execute declare print while return nolock readpast
    identity nonclustered clustered cube rollup sets grouping option recompile waitfor offset at zone openjson
    procedure function schema begin try catch throw raiserror use rowlock updlock holdlock collate current_user of`),
};

const commonFunctions = words(`
  count sum avg min max coalesce nullif abs round upper lower length replace trim ltrim rtrim substr substring
  concat concat_ws floor ceil ceiling mod power sqrt sign exp ln log log10 sin cos tan asin acos atan atan2 pi radians
  degrees row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value cast`);

const dialectFunctions: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite:
    words(`total group_concat string_agg ifnull iif instr printf format strftime date time datetime julianday
    unixepoch timediff typeof quote random randomblob hex unhex char unicode changes total_changes last_insert_rowid
    likelihood likely unlikely zeroblob glob like soundex json json_array json_array_length json_extract json_insert
    json_object json_patch json_remove json_replace json_set json_type json_valid json_quote json_group_array
    json_group_object json_each json_tree jsonb octet_length concat trunc median percentile
    sqlite_version load_extension bm25 highlight snippet`),
  postgres:
    words(`string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every
    date_trunc date_part extract age now to_char to_date to_timestamp to_number make_date make_interval make_timestamp
    clock_timestamp justify_days greatest least left right position strpos split_part regexp_replace regexp_match
    regexp_matches regexp_split_to_table regexp_split_to_array initcap lpad rpad repeat reverse md5 encode decode format
    unnest generate_series array_length cardinality array_to_string string_to_array array_position array_append any_value
    jsonb_array_elements jsonb_array_elements_text json_array_elements jsonb_each jsonb_object_keys jsonb_build_object
    json_build_object jsonb_extract_path to_json to_jsonb row_to_json percentile_cont percentile_disc mode stddev
    stddev_pop stddev_samp variance var_pop var_samp corr random trunc width_bucket div gen_random_uuid nextval currval
    to_tsvector to_tsquery plainto_tsquery ts_rank char_length octet_length overlay translate chr ascii pg_size_pretty`),
  duckdb:
    words(`string_agg group_concat list array_agg first last any_value arg_max arg_min max_by min_by mode median
    quantile quantile_cont quantile_disc approx_count_distinct stddev variance date_trunc date_part date_diff datediff
    date_add extract strftime strptime now today year month day hour minute second week quarter dayofweek dayname
    monthname epoch make_date age ifnull greatest least left right position strpos split_part regexp_replace
    regexp_matches regexp_extract string_split lpad rpad repeat reverse md5 format printf unnest generate_series range
    list_value list_contains list_aggregate struct_pack struct_extract map_keys json_extract json_extract_string
    read_csv read_csv_auto read_parquet read_json trunc random uuid typeof try_cast contains starts_with bool_and
    bool_or histogram`),
  mysql:
    words(`ifnull if group_concat json_arrayagg json_objectagg date_format date_add date_sub datediff timestampdiff
    timestampadd str_to_date now curdate curtime sysdate date time year month monthname day dayname dayofmonth dayofweek
    dayofyear hour minute second week weekday quarter last_day unix_timestamp from_unixtime extract char_length
    character_length left right locate instr position lpad rpad repeat reverse format substring_index find_in_set field
    elt regexp_replace regexp_substr regexp_like greatest least rand truncate conv hex unhex md5 sha1 sha2 uuid
    json_extract json_unquote json_object json_array json_contains json_length json_set json_table convert any_value
    stddev std variance bit_and bit_or inet_aton inet_ntoa last_insert_id found_rows database version to_days makedate
    interval insert ascii ord space strcmp`),
  tsql: words(`isnull iif choose string_agg getdate getutcdate sysdatetime dateadd datediff datediff_big datename datepart
    eomonth datefromparts day month year isdate len datalength left right charindex patindex stuff replicate reverse
    format concat_ws string_split translate unicode nchar char ascii str quotename convert try_convert try_cast parse
    try_parse newid rand square count_big stdev stdevp var varp checksum scope_identity object_id json_value json_query
    openjson isjson isnumeric greatest least approx_count_distinct`),
};

/** Names of types behind CAST(x AS …) or `::`, or before a literal (DATE '2024-01-01'). */
export const typeNames: ReadonlySet<string> = new Set(
  words(`int integer tinyint smallint mediumint bigint int2 int4 int8 hugeint serial bigserial text char character
    varchar nvarchar nchar varying string clob blob bytea binary varbinary real float float4 float8 double precision
    numeric decimal number money bit bool boolean date time timetz datetime datetime2 smalldatetime datetimeoffset
    timestamp timestamptz interval year json jsonb uuid xml uniqueidentifier signed unsigned any none regclass citext
    inet`),
);

/** Units in EXTRACT, DATEDIFF, INTERVAL and the like. */
export const dateParts: ReadonlySet<string> = new Set(
  words(`year years month months day days hour hours minute minutes second seconds week weeks quarter quarters
    microsecond microseconds millisecond milliseconds decade century millennium dow doy isodow isoyear epoch weekday
    dayofyear timezone yy yyyy mm dd hh mi ss wk qq dy year_month day_hour day_second`),
);

const keywordSets = new Map<Dialect, ReadonlySet<string>>();
const functionSets = new Map<Dialect, ReadonlySet<string>>();

/** Keywords of a dialect, lower case. */
export function keywordsOf(dialect: Dialect): ReadonlySet<string> {
  return setOf(keywordSets, dialect, commonKeywords, dialectKeywords[dialect]);
}

/** Built-in functions of a dialect, lower case. */
export function functionsOf(dialect: Dialect): ReadonlySet<string> {
  return setOf(functionSets, dialect, commonFunctions, dialectFunctions[dialect]);
}

function setOf(
  cache: Map<Dialect, ReadonlySet<string>>,
  dialect: Dialect,
  common: readonly string[],
  own: readonly string[],
): ReadonlySet<string> {
  let set = cache.get(dialect);
  if (set === undefined) {
    set = new Set([...common, ...own]);
    cache.set(dialect, set);
  }
  return set;
}

/** Words that end a relation in FROM, so they are never its alias. */
export const neverAlias: ReadonlySet<string> = new Set(
  words(`select from where group by having order limit offset fetch union intersect except join inner left right full
    outer cross natural on using as set values returning window qualify and or not in is null like between case when
    then else end distinct into for asc desc with straight_join lateral apply pivot unpivot tablesample asof anti
    semi positional overriding output option default do nothing conflict indexed force use ignore begin commit create alter drop
    insert update delete merge explain go exists when matched over partition`),
);

/** Words that begin a statement. */
export const statementStarters: ReadonlySet<string> = new Set(
  words(`select with insert update delete create drop alter merge replace truncate explain pragma`),
);

/** Words that may stand in place of a table: keywords, and functions that return rows. */
export const besideTables: ReadonlySet<string> = new Set(
  words(`lateral only values table unnest generate_series json_each json_tree json_table json_array_elements
    jsonb_array_elements jsonb_array_elements_text jsonb_each json_each_text jsonb_object_keys jsonb_to_recordset
    regexp_split_to_table string_split string_to_table openjson range read_csv read_csv_auto read_parquet read_json
    glob pragma_table_info`),
);

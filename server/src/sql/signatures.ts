/**
 * How the dialects' functions are called: the names of their arguments, optional ones in brackets. For people to read
 * in lists and hovers; no check uses them. keywords.ts lists which functions there are.
 */
import type { Dialect } from './dialect';

const common = `
  count(expression | *) · sum(expression) · avg(expression) · min(expression) · max(expression)
  coalesce(value, …) · nullif(value, other) · abs(number) · round(number[, digits]) · upper(text) · lower(text)
  length(text) · replace(text, from, to) · trim(text) · ltrim(text) · rtrim(text) · substr(text, start[, length])
  substring(text, start[, length]) · concat(text, …) · concat_ws(separator, text, …) · floor(number) · ceil(number)
  ceiling(number) · mod(number, divisor) · power(base, exponent) · sqrt(number) · sign(number) · exp(number)
  ln(number) · log(number) · log10(number) · sin(radians) · cos(radians) · tan(radians) · asin(number) · acos(number)
  atan(number) · atan2(y, x) · pi() · radians(degrees) · degrees(radians) · row_number() · rank() · dense_rank()
  percent_rank() · cume_dist() · ntile(buckets) · lag(value[, offset[, default]]) · lead(value[, offset[, default]])
  first_value(value) · last_value(value) · nth_value(value, n) · cast(value AS type)`;

const own: Readonly<Record<Dialect, string>> = {
  sqlite: `
  total(expression) · group_concat(text[, separator]) · string_agg(text, separator) · ifnull(value, other)
  iif(condition, value, other) · instr(text, part) · printf(format, …) · format(format, …) · char(code, …)
  strftime(format[, time[, modifier, …]]) · date([time[, modifier, …]]) · time([time[, modifier, …]])
  datetime([time[, modifier, …]]) · julianday([time[, modifier, …]]) · unixepoch([time[, modifier, …]])
  timediff(time, other) · typeof(value) · quote(value) · random() · randomblob(bytes) · hex(value) · unhex(text)
  unicode(text) · changes() · total_changes() · last_insert_rowid() · likelihood(value, probability) · likely(value)
  unlikely(value) · zeroblob(bytes) · glob(pattern, text) · like(pattern, text[, escape]) · soundex(text) · json(text)
  json_array(value, …) · json_array_length(json[, path]) · json_extract(json, path, …) · json_insert(json, path, value, …)
  json_object(label, value, …) · json_patch(json, patch) · json_remove(json, path, …) · json_replace(json, path, value, …)
  json_set(json, path, value, …) · json_type(json[, path]) · json_valid(text) · json_quote(value)
  json_group_array(value) · json_group_object(label, value) · json_each(json[, path]) · json_tree(json[, path])
  jsonb(json) · octet_length(text) · trunc(number) · median(expression) · percentile(expression, percent)
  sqlite_version() · load_extension(path) · bm25(table) · highlight(table, column, open, close)
  snippet(table, column, open, close, ellipsis, tokens)`,
  postgres: `
  string_agg(text, separator [ORDER BY …]) · array_agg(expression [ORDER BY …]) · json_agg(expression) · jsonb_agg(expression)
  json_object_agg(key, value) · jsonb_object_agg(key, value) · bool_and(condition) · bool_or(condition) · every(condition)
  date_trunc(unit, timestamp[, zone]) · date_part(unit, timestamp) · extract(unit FROM timestamp) · age(timestamp[, earlier])
  now() · to_char(value, format) · to_date(text, format) · to_timestamp(text, format) · to_number(text, format)
  make_date(year, month, day) · make_interval([years, months, weeks, days, hours, mins, secs])
  make_timestamp(year, month, day, hour, minute, second) · clock_timestamp() · justify_days(interval)
  greatest(value, …) · least(value, …) · left(text, length) · right(text, length) · position(part IN text)
  strpos(text, part) · split_part(text, separator, n) · regexp_replace(text, pattern, to[, flags])
  regexp_match(text, pattern[, flags]) · regexp_matches(text, pattern[, flags])
  regexp_split_to_table(text, pattern[, flags]) · regexp_split_to_array(text, pattern[, flags]) · initcap(text)
  lpad(text, length[, fill]) · rpad(text, length[, fill]) · repeat(text, times) · reverse(text) · md5(text)
  encode(bytes, format) · decode(text, format) · format(format, …) · unnest(array, …)
  generate_series(start, stop[, step]) · array_length(array, dimension) · cardinality(array)
  array_to_string(array, separator[, null_text]) · string_to_array(text, separator) · array_position(array, element)
  array_append(array, element) · any_value(expression) · jsonb_array_elements(json) · jsonb_array_elements_text(json)
  json_array_elements(json) · jsonb_each(json) · jsonb_object_keys(json) · jsonb_build_object(key, value, …)
  json_build_object(key, value, …) · jsonb_extract_path(json, key, …) · to_json(value) · to_jsonb(value)
  row_to_json(row) · percentile_cont(fraction) WITHIN GROUP (ORDER BY …) · percentile_disc(fraction) WITHIN GROUP (ORDER BY …)
  mode() WITHIN GROUP (ORDER BY …) · stddev(expression) · stddev_pop(expression) · stddev_samp(expression)
  variance(expression) · var_pop(expression) · var_samp(expression) · corr(y, x) · random() · trunc(number[, digits])
  width_bucket(value, low, high, buckets) · div(number, divisor) · gen_random_uuid() · nextval(sequence) · currval(sequence)
  to_tsvector([config, ]text) · to_tsquery([config, ]query) · plainto_tsquery([config, ]text) · ts_rank(vector, query)
  char_length(text) · octet_length(text) · overlay(text PLACING part FROM start) · translate(text, from, to)
  chr(code) · ascii(text) · pg_size_pretty(bytes)`,
  duckdb: `
  string_agg(text, separator) · group_concat(text, separator) · list(expression) · array_agg(expression) · first(expression)
  last(expression) · any_value(expression) · arg_max(expression, by) · arg_min(expression, by) · max_by(expression, by)
  min_by(expression, by) · mode(expression) · median(expression) · quantile(expression, fraction)
  quantile_cont(expression, fraction) · quantile_disc(expression, fraction) · approx_count_distinct(expression)
  stddev(expression) · variance(expression) · date_trunc(unit, timestamp) · date_part(unit, timestamp)
  date_diff(unit, start, end) · datediff(unit, start, end) · date_add(date, interval) · extract(unit FROM timestamp)
  strftime(timestamp, format) · strptime(text, format) · now() · today() · year(date) · month(date) · day(date)
  hour(timestamp) · minute(timestamp) · second(timestamp) · week(date) · quarter(date) · dayofweek(date) · dayname(date)
  monthname(date) · epoch(timestamp) · make_date(year, month, day) · age(timestamp[, earlier]) · ifnull(value, other)
  greatest(value, …) · least(value, …) · left(text, length) · right(text, length) · position(part IN text)
  strpos(text, part) · split_part(text, separator, n) · regexp_replace(text, pattern, to[, flags])
  regexp_matches(text, pattern) · regexp_extract(text, pattern[, group]) · string_split(text, separator)
  lpad(text, length, fill) · rpad(text, length, fill) · repeat(text, times) · reverse(text) · md5(text) · format(format, …)
  printf(format, …) · unnest(list) · generate_series(start, stop[, step]) · range(start, stop[, step]) · list_value(value, …)
  list_contains(list, element) · list_aggregate(list, name) · struct_pack(name := value, …) · struct_extract(struct, name)
  map_keys(map) · json_extract(json, path) · json_extract_string(json, path) · read_csv(path) · read_csv_auto(path)
  read_parquet(path) · read_json(path) · trunc(number) · random() · uuid() · typeof(value) · try_cast(value AS type)
  contains(text, part) · starts_with(text, part) · bool_and(condition) · bool_or(condition) · histogram(expression)`,
  mysql: `
  ifnull(value, other) · if(condition, value, other) · group_concat(text [ORDER BY …] [SEPARATOR …]) · json_arrayagg(value)
  json_objectagg(key, value) · date_format(date, format) · date_add(date, INTERVAL n unit) · date_sub(date, INTERVAL n unit)
  datediff(date, earlier) · timestampdiff(unit, start, end) · timestampadd(unit, n, timestamp) · str_to_date(text, format)
  now() · curdate() · curtime() · sysdate() · date(value) · time(value) · year(date) · month(date) · monthname(date)
  day(date) · dayname(date) · dayofmonth(date) · dayofweek(date) · dayofyear(date) · hour(time) · minute(time)
  second(time) · week(date[, mode]) · weekday(date) · quarter(date) · last_day(date) · unix_timestamp([date])
  from_unixtime(seconds[, format]) · extract(unit FROM date) · char_length(text) · character_length(text)
  left(text, length) · right(text, length) · locate(part, text[, start]) · instr(text, part) · position(part IN text)
  lpad(text, length, fill) · rpad(text, length, fill) · repeat(text, times) · reverse(text) · format(number, digits)
  substring_index(text, separator, count) · find_in_set(text, list) · field(value, …) · elt(n, text, …)
  regexp_replace(text, pattern, to) · regexp_substr(text, pattern) · regexp_like(text, pattern) · greatest(value, …)
  least(value, …) · rand([seed]) · truncate(number, digits) · conv(number, from_base, to_base) · hex(value) · unhex(text)
  md5(text) · sha1(text) · sha2(text, bits) · uuid() · json_extract(json, path, …) · json_unquote(json)
  json_object(key, value, …) · json_array(value, …) · json_contains(json, candidate[, path]) · json_length(json[, path])
  json_set(json, path, value, …) · json_table(json, path COLUMNS (…)) · convert(value, type) · any_value(expression)
  stddev(expression) · std(expression) · variance(expression) · bit_and(expression) · bit_or(expression) · inet_aton(text)
  inet_ntoa(number) · last_insert_id() · found_rows() · database() · version() · to_days(date) · makedate(year, day)
  insert(text, start, length, part) · ascii(text) · ord(text) · space(count) · strcmp(text, other)`,
  tsql: `
  isnull(value, other) · iif(condition, value, other) · choose(n, value, …) · string_agg(text, separator) · getdate()
  getutcdate() · sysdatetime() · dateadd(unit, n, date) · datediff(unit, start, end) · datediff_big(unit, start, end)
  datename(unit, date) · datepart(unit, date) · eomonth(date[, months]) · datefromparts(year, month, day) · day(date)
  month(date) · year(date) · isdate(text) · len(text) · datalength(value) · left(text, length) · right(text, length)
  charindex(part, text[, start]) · patindex(pattern, text) · stuff(text, start, length, part) · replicate(text, times)
  reverse(text) · format(value, format) · string_split(text, separator) · translate(text, from, to) · unicode(text)
  nchar(code) · char(code) · ascii(text) · str(number[, length[, digits]]) · quotename(text) · convert(type, value[, style])
  try_convert(type, value[, style]) · try_cast(value AS type) · parse(text AS type) · try_parse(text AS type) · newid()
  rand([seed]) · square(number) · count_big(expression) · stdev(expression) · stdevp(expression) · var(expression)
  varp(expression) · checksum(value, …) · scope_identity() · object_id(name) · json_value(json, path)
  json_query(json[, path]) · openjson(json[, path]) · isjson(text) · isnumeric(text) · greatest(value, …) · least(value, …)
  approx_count_distinct(expression)`,
};

const known = new Map<Dialect, ReadonlyMap<string, string>>();

/**
 * Arguments of a dialect's function with their parentheses, for example `(text, from, to)`; undefined when it is not
 * listed.
 */
export function signatureOf(name: string, dialect: Dialect): string | undefined {
  let signatures = known.get(dialect);
  if (signatures === undefined) {
    signatures = new Map(
      `${common} · ${own[dialect]}`
        .split(/·|\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .map((line) => [line.slice(0, line.indexOf('(')), line.slice(line.indexOf('('))] as const),
    );
    known.set(dialect, signatures);
  }
  return signatures.get(name.toLowerCase());
}

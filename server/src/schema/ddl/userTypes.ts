/** The types that DDL text creates: enums, domains and composite types, by namespace and name. */
import type { ColumnValues } from '../model';
import { checkValues } from './checkValues';
import type { DdlCursor } from './cursor';
import { draftTable, type DraftColumn, type DraftTable } from './draftTable';

interface UserType {
  namespace: string | undefined;
  name: string;
  /** For an enum: its values. */
  labels?: readonly string[];
  /** For a domain: the type it is based on, and the values that its own CHECKs allow, by constraint. */
  base?: readonly string[];
  checks: { name: string | undefined; list: readonly string[] }[];
  isNeverNull: boolean;
  /** For a composite type: its fields. */
  columns: readonly DraftColumn[];
}

/** What the types need from the drafts: where names are looked up, and the tables whose columns have the types. */
interface TypeHost {
  key(namespace: string | undefined, name: string): string;
  own(namespace: string | undefined): string | undefined;
  namespace(path: readonly string[]): string | undefined;
  searched(): readonly (string | undefined)[];
  all(): readonly DraftTable[];
}

export class UserTypes {
  private readonly types = new Map<string, UserType>();

  constructor(private readonly drafts: TypeHost) {}

  find(path: readonly string[]): UserType | undefined {
    const { drafts } = this;
    const name = path.at(-1) ?? '';
    if (path.length > 1) return this.types.get(drafts.key(drafts.own(path.at(-2)), name));
    for (const namespace of drafts.searched()) {
      const found = this.types.get(drafts.key(namespace, name));
      if (found !== undefined) return found;
    }
    const lower = name.toLowerCase();
    return [...this.types.values()].find((type) => type.name.toLowerCase() === lower);
  }

  /** The values of an enum, or of a domain and the types it is based on. */
  values(type: UserType, depth = 0): ColumnValues | undefined {
    if (type.labels !== undefined) return { list: type.labels, from: 'enum' };
    const [check] = type.checks;
    if (check !== undefined) return { list: check.list, from: 'check' };
    const base = this.base(type);
    return base === undefined || depth > 20 ? undefined : this.values(base, depth + 1);
  }

  isNeverNull(type: UserType, depth = 0): boolean {
    const base = this.base(type);
    return type.isNeverNull || (base !== undefined && depth <= 20 && this.isNeverNull(base, depth + 1));
  }

  columns(path: readonly string[]): readonly DraftColumn[] {
    return this.find(path)?.columns ?? [];
  }

  private base({ base }: UserType): UserType | undefined {
    return base === undefined ? undefined : this.find(base);
  }

  private add(path: readonly string[], more: Partial<UserType>): UserType {
    const type: UserType = {
      namespace: this.drafts.namespace(path),
      name: path.at(-1) ?? '',
      checks: [],
      isNeverNull: false,
      columns: [],
      ...more,
    };
    this.types.set(this.drafts.key(type.namespace, type.name), type);
    return type;
  }

  /**
   * Behind CREATE TYPE: name AS ENUM ('a', 'b') | AS (a int, b text) | AS other
   * @param readColumn reads one field and adds it to the table
   */
  createType(cursor: DdlCursor, readColumn: (part: DdlCursor, table: DraftTable) => void): void {
    cursor.skip('if', 'not', 'exists');
    const path = cursor.path();
    if (path.length === 0 || !cursor.skip('as')) return;
    if (cursor.skip('enum')) {
      this.add(path, { labels: cursor.parts().flatMap((part) => part.string() ?? []) });
    } else if (cursor.peek() === '(') {
      const table = draftTable(undefined, '', 'table', undefined);
      for (const part of cursor.parts()) readColumn(part, table);
      this.add(path, { columns: table.columns });
    } else if (cursor.isName()) this.add(path, { base: cursor.path() });
  }

  /** Behind CREATE DOMAIN: name [AS] type [DEFAULT …] [[CONSTRAINT c] NOT NULL | CHECK (…)]… */
  createDomain(cursor: DdlCursor): void {
    const path = cursor.path();
    if (path.length === 0) return;
    cursor.skip('as');
    const type = this.add(path, { base: cursor.path() });
    this.addChecks(cursor, type);
  }

  private addChecks(cursor: DdlCursor, type: UserType): void {
    let name: string | undefined;
    while (!cursor.done) {
      if (cursor.skip('constraint')) name = cursor.name();
      else if (cursor.skip('not', 'null')) type.isNeverNull = true;
      else if (cursor.peek() === 'check' && cursor.peek(1) === '(') {
        cursor.at++;
        const from = cursor.at;
        cursor.next();
        const checked = checkValues(cursor.slice(from, cursor.at), cursor.dialect);
        const own = name ?? `${type.name}_check`;
        if (checked?.column === '') type.checks.push({ name: own, list: checked.list });
        name = undefined;
      } else cursor.next();
    }
  }

  /** Behind ALTER DOMAIN: ADD constraint | DROP CONSTRAINT c | SET | DROP NOT NULL | RENAME TO | SET SCHEMA */
  alterDomain(cursor: DdlCursor): void {
    const type = this.find(cursor.path());
    if (type === undefined) return;
    if (cursor.skip('add')) this.addChecks(cursor, type);
    else if (cursor.skip('set', 'not', 'null')) type.isNeverNull = true;
    else if (cursor.skip('drop', 'not', 'null')) type.isNeverNull = false;
    else if (cursor.skip('drop', 'constraint')) {
      cursor.skip('if', 'exists');
      const name = cursor.name();
      type.checks = type.checks.filter((check) => check.name !== name);
    } else this.move(cursor, type);
  }

  /** Behind ALTER TYPE: ADD VALUE, RENAME VALUE, RENAME TO, SET SCHEMA, and changes of a composite type's fields */
  alterType(cursor: DdlCursor): void {
    const type = this.find(cursor.path());
    if (type === undefined) return;
    if (cursor.skip('add', 'value')) this.addLabel(cursor, type);
    else if (cursor.skip('rename', 'value')) {
      const before = cursor.strings();
      const after = cursor.skip('to') ? cursor.strings() : undefined;
      if (before !== undefined && after !== undefined)
        type.labels = type.labels?.map((label) => (label === before ? after : label)) ?? [];
    } else if (cursor.peek() === 'rename' || cursor.peek() === 'set') this.move(cursor, type);
  }

  private addLabel(cursor: DdlCursor, type: UserType): void {
    cursor.skip('if', 'not', 'exists');
    const label = cursor.string();
    const labels = type.labels ?? [];
    if (label === undefined || labels.includes(label)) return;
    cursor.at++;
    const isBefore = cursor.skip('before');
    if (!isBefore) cursor.skip('after');
    const beside = labels.indexOf(cursor.string() ?? '');
    type.labels = labels.toSpliced(beside < 0 ? labels.length : beside + (isBefore ? 0 : 1), 0, label);
  }

  private move(cursor: DdlCursor, type: UserType): void {
    const from = cursor.at;
    const isRename = cursor.skip('rename', 'to');
    if (!isRename && !cursor.skip('set', 'schema')) return;
    const written = cursor.slice(cursor.at, cursor.at + 1);
    const name = cursor.name();
    if (name === undefined) cursor.at = from;
    else if (isRename) this.put(type, type.namespace, name, written);
    else this.put(type, this.drafts.own(name), type.name);
  }

  /** Columns of the type follow its new name. */
  private put(type: UserType, namespace: string | undefined, name: string, written?: string): void {
    const { drafts } = this;
    const own = (path: readonly string[] | undefined) => path !== undefined && this.find(path) === type;
    const path = namespace === undefined ? [name] : [namespace, name];
    const users = [...this.types.values()].filter(({ base }) => own(base));
    for (const table of drafts.all()) {
      table.columns = table.columns.map((column) => {
        if (!own(column.typePath)) return column;
        return { ...column, typePath: path, ...(written === undefined ? {} : { type: written }) };
      });
    }
    for (const user of users) user.base = path;
    this.types.delete(drafts.key(type.namespace, type.name));
    Object.assign(type, { namespace, name });
    this.types.set(drafts.key(namespace, name), type);
  }

  /** With CASCADE the columns of the type are dropped too. */
  drop(path: readonly string[], cascades: boolean): void {
    const type = this.find(path);
    if (type === undefined) return;
    if (cascades) {
      for (const table of this.drafts.all()) {
        table.columns = table.columns.filter(
          ({ typePath }) => typePath === undefined || this.find(typePath) !== type,
        );
      }
    }
    this.types.delete(this.drafts.key(type.namespace, type.name));
  }

  renameNamespace(before: string, after: string): void {
    for (const type of [...this.types.values()])
      if (this.isIn(type, before)) this.put(type, this.drafts.own(after), type.name);
  }

  dropNamespace(name: string): void {
    for (const [key, type] of [...this.types]) if (this.isIn(type, name)) this.types.delete(key);
  }

  private isIn({ namespace }: UserType, wanted: string): boolean {
    const { drafts } = this;
    return drafts.key(namespace, '') === drafts.key(drafts.own(wanted), '');
  }
}

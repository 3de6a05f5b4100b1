/** Schema links: what the words of a question mean in a schema, and what the prompt says about them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { annotateQuestion, annotationOf, tablesMeant } from '../../../server/src/prompt/annotateQuestion';
import { linkQuestion } from '../../../server/src/prompt/linking/link';
import { linksText } from '../../../server/src/prompt/linking/render';
import type { Schema } from '../../../server/src/schema/model';
import { chooseTables } from '../../../server/src/schema/rank';
import { oddTexts, schemaOf, shop, withSeen } from '../support/schemas';

const school = withSeen(
  schemaOf(`
    CREATE TABLE students (stu_id INTEGER PRIMARY KEY, fname TEXT, lname TEXT, age INTEGER, gpa REAL, dept_code TEXT REFERENCES departments(code));
    CREATE TABLE departments (code TEXT PRIMARY KEY, name TEXT, building TEXT, num_employees INTEGER);
    CREATE TABLE enrollments (stu_id INTEGER REFERENCES students(stu_id), course_id INTEGER REFERENCES courses(id), grade TEXT);
    CREATE TABLE courses (id INTEGER PRIMARY KEY, title TEXT, credits INTEGER, petage INTEGER);
  `),
  { 'departments.name': ['Biology', 'Fine Arts'], 'students.fname': ["O'Hara"] },
);

function check(name: string, question: string, expected: string, schema: Schema = school): void {
  it(`${name}: ${question}`, () =>
    assert.equal(annotationOf(question, schema, 'links'), expected === '' ? '' : ` (${expected})`));
}

describe('links of a question', () => {
  check('nothing of the schema', 'what is the weather like', '');
  check('a table', 'how many students are there', 'students');
  check('a column of it', 'credits of all courses', 'courses.credits; courses');
  check('a synonym', 'how old is the oldest student', 'students.age; students');
  check(
    'an abbreviation',
    'average gpa by department',
    'students.gpa; departments; students.dept_code = departments.code',
  );
  check('a name in one piece', 'age of the pet in each course', 'courses.petage; courses');
  check('a name that is split', 'names of the students', 'students.fname; students.lname; students');
  check(
    'who: the column that names the row',
    'which departments are in the building north',
    'departments; departments.name; departments.building',
  );
  check(
    'a value and what joins its table',
    'students of Biology',
    "students; departments.name = 'Biology'; students.dept_code = departments.code",
  );
  check(
    'tables between two',
    'titles of courses that students of Fine Arts take',
    "courses.title; courses; students; departments.name = 'Fine Arts'; courses.id = enrollments.course_id; enrollments.stu_id = students.stu_id; students.dept_code = departments.code",
  );
  check('quotes of a value are doubled', "students called O'Hara", "students; students.fname = 'O''Hara'");
  check(
    'a number that a column holds',
    'number of employees in each department',
    'departments.num_employees; departments',
  );
  for (const [question, expected] of [
    ['customers who never ordered', 'customers; orders; customers.id = orders.customer_id'],
    ['the last order', 'orders'],
    ['customers ordered by name', 'customers; customers.name'],
    ['names of customers in descending order', 'customers.name; customers'],
    ['order the customers by name', 'customers; customers.name'],
  ] as const)
    check('orders, or an order', question, expected, shop);
  check(
    'a count names no column',
    'total number of clubs',
    'clubs',
    schemaOf('CREATE TABLE clubs (id INTEGER PRIMARY KEY, total INTEGER)'),
  );
  check(
    'a table in one piece',
    'order items of each product',
    'order_items; products; order_items.product_id = products.id',
    shop,
  );
  const games = schemaOf(`
    CREATE TABLE games (id INTEGER PRIMARY KEY, gname TEXT, game_details TEXT);
    CREATE TABLE plays (game INTEGER REFERENCES games(id), player TEXT, classroom TEXT, PRIMARY KEY (game, player));
  `);
  check('an initial before a word', 'the names of all games', 'games.gname; games', games);
  check(
    'a word that says little, alone',
    'ids and details of games',
    'games.id; games.game_details; games',
    games,
  );
  check('a key is no more than its table', 'number of games', 'games', games);
  check(
    'one word that could be two',
    'classroom of each game',
    'plays.classroom; games; plays.game = games.id',
    games,
  );
  check(
    'names of mixed case',
    'orders of each customer',
    '"Order"; "Customer"; "Order"."customerId" = "Customer".id',
    schemaOf(
      'CREATE TABLE "Customer" (id int PRIMARY KEY); CREATE TABLE "Order" (id int, "customerId" int REFERENCES "Customer" (id))',
      'postgres',
    ),
  );
  check('names that must be quoted', 'unit price of products', 'products."unit price"; products', shop);

  it('stay few, however much is said', () => {
    const question = school.tables
      .flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)])
      .join(' and ');
    const links = linkQuestion(question, school, []);
    assert.ok(links.filter(({ kind }) => kind !== 'join').length <= 8);
    assert.ok(links.filter(({ kind }) => kind === 'join').length <= 3);
  });

  it('come for any text and any names, in one line', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom('order', 'id', 'a.b', "x'y", '__proto__', 'constructor'),
    );
    const schemas = fc
      .array(fc.record({ name, columns: fc.array(name, { maxLength: 5 }), refers: name }), { maxLength: 6 })
      .map((tables): Schema => ({
        dialect: 'sqlite',
        source: '',
        tables: tables.map((table) => ({
          name: table.name,
          kind: 'table',
          columns: table.columns.map((column) => ({
            name: column,
            type: '',
            nullable: true,
            primaryKey: 0,
            seen: [column],
          })),
          foreignKeys: table.columns
            .slice(0, 1)
            .map((column) => ({ columns: [column], table: table.refers, referencedColumns: [] })),
          uniqueKeys: [],
        })),
      }));
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...oddTexts));
    fc.assert(
      fc.property(schemas, fc.array(fc.oneof(text, name), { maxLength: 30 }), (schema, words) => {
        const question = words.join(' ');
        const shown = annotationOf(question, schema, 'links');
        assert.doesNotMatch(shown, /[\n\r\p{Cc}\u2028\u2029]/u);
        assert.equal(linksText(linkQuestion(question, schema, []), 'sqlite').length < 20_000, true);
      }),
    );
  });
});

describe('annotateQuestion with links', () => {
  const annotated = (text: string): string => annotateQuestion(text, school, 'links');

  it('adds the links behind the question and nothing else', () => {
    const question = '-- how many students are there';
    assert.equal(annotated(`${question}\nSELECT `), `${question} (students)\nSELECT `);
  });

  it('leaves a question alone that is still being typed', () =>
    assert.equal(annotated('-- how many students'), '-- how many students'));

  it('a key behind the question changes only the end of the prompt', () => {
    const text = '-- credits of all courses\nSELECT credits FROM courses';
    const first = text.indexOf('\n') + 1;
    for (let length = first + 1; length <= text.length; length++)
      assert.ok(annotated(text.slice(0, length)).startsWith(annotated(text.slice(0, length - 1))));
  });

  it('models that were not taught links get values alone', () =>
    assert.equal(
      annotateQuestion('-- students of Biology\n', school, 'values'),
      "-- students of Biology (departments.name = 'Biology')\n",
    ));
});

describe('tablesMeant', () => {
  it('are shown first where not all tables fit', () => {
    const question = 'titles of courses that students take';
    const chosen = chooseTables(school, {
      budget: 3,
      cost: () => 1,
      mentionedText: '',
      mentioned: tablesMeant(question, school),
    });
    assert.deepEqual(chosen.map(({ name }) => name).sort(), ['courses', 'enrollments', 'students']);
  });
});

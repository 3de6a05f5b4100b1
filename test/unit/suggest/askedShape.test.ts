/** The shape that a question asks for: of two statements the one with that shape is preferred. */
import assert from 'node:assert/strict';
import { Reading } from '../../../server/src/legality/reading';
import { askedShape } from '../../../server/src/suggest/askedShape';
import { shop } from '../support/schemas';

const shapeOf = (sql: string, question: string): number =>
  askedShape(new Reading(sql, sql.length, shop), question);

function better(question: string, good: string, bad: string): void {
  it(`${question}: ${good}, not ${bad}`, () => {
    assert.ok(shapeOf(good, question) > shapeOf(bad, question));
  });
}

describe('askedShape', () => {
  better(
    'customers who never ordered',
    'SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders);',
    'SELECT COUNT(*) FROM customers WHERE id NOT IN (SELECT customer_id FROM orders);',
  );
  better('how many customers are there', 'SELECT COUNT(*) FROM customers;', 'SELECT name FROM customers;');
  better(
    'customers without orders',
    'SELECT name FROM customers EXCEPT SELECT name FROM customers JOIN orders;',
    'SELECT name FROM customers;',
  );
  better(
    'the five most expensive products',
    'SELECT * FROM products ORDER BY price DESC LIMIT 5;',
    'SELECT MAX(price) FROM products ORDER BY price DESC LIMIT 5;',
  );
  better('the average price', 'SELECT AVG(price) FROM products;', 'SELECT price FROM products;');
  better(
    'the most expensive product',
    'SELECT title FROM products ORDER BY price DESC LIMIT 1;',
    'SELECT title FROM products;',
  );
  better(
    'number of orders of each customer',
    'SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id;',
    'SELECT COUNT(*) FROM orders;',
  );
  better(
    'total amount per month',
    'SELECT SUM(amount) FROM orders GROUP BY placed_at;',
    'SELECT SUM(amount) * 100 / COUNT(*) FROM orders GROUP BY placed_at;',
  );
  better('orders of Ann', 'SELECT id FROM orders;', 'SELECT id FROM orders ORDER BY id LIMIT 1;');

  it('says nothing against a plain list', () =>
    assert.equal(shapeOf('SELECT name FROM customers;', 'names of customers'), 0));
});

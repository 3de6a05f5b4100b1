// Makes samples/webshop/webshop.sqlite, the database of the sample workspace: a small web shop with invented people,
// products and orders. Same content each time. Needs Node 24 (node:sqlite): node samples/make-webshop.mjs [file]
import { rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const file = process.argv[2] ?? path.join(import.meta.dirname, 'webshop', 'webshop.sqlite');
for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
const database = new DatabaseSync(file);

// Small numbers that are the same in each run (a linear congruential generator).
let state = 20260101;
function below(limit) {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * limit);
}
const pick = (list) => list[below(list.length)];
const day = (offset) => new Date(Date.UTC(2024, 0, 1) + offset * 86_400_000).toISOString().slice(0, 10);
const cents = (value) => Math.round(value * 100) / 100;

database.exec(`
PRAGMA page_size = 4096;
PRAGMA foreign_keys = ON;
BEGIN;
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  phone TEXT,
  created_at TEXT NOT NULL
);
CREATE TABLE addresses (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  street TEXT NOT NULL,
  city TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  country TEXT NOT NULL,
  is_default INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  parent_id INTEGER REFERENCES categories (id)
);
CREATE TABLE suppliers (
  id INTEGER PRIMARY KEY,
  company_name TEXT NOT NULL,
  contact_email TEXT,
  country TEXT NOT NULL
);
CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  category_id INTEGER NOT NULL REFERENCES categories (id),
  supplier_id INTEGER REFERENCES suppliers (id),
  price REAL NOT NULL CHECK (price >= 0),
  stock INTEGER NOT NULL DEFAULT 0,
  is_active INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address_id INTEGER REFERENCES addresses (id),
  status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'shipped', 'delivered', 'cancelled')),
  ordered_at TEXT NOT NULL
);
CREATE TABLE order_items (
  order_id INTEGER NOT NULL REFERENCES orders (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_price REAL NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
CREATE TABLE payments (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  amount REAL NOT NULL,
  method TEXT NOT NULL,
  paid_at TEXT NOT NULL
);
CREATE TABLE shipments (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  carrier TEXT NOT NULL,
  shipped_at TEXT NOT NULL,
  delivered_at TEXT
);
CREATE TABLE reviews (
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
  comment TEXT,
  created_at TEXT NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX order_items_by_product ON order_items (product_id);
CREATE VIEW order_totals AS
SELECT orders.id AS order_id, orders.customer_id AS customer_id, orders.ordered_at AS ordered_at,
  sum(order_items.quantity * order_items.unit_price) AS total
FROM orders JOIN order_items ON order_items.order_id = orders.id
GROUP BY orders.id;
`);

/** Inserts one row a call; undefined stands for NULL. */
function into(table, columns) {
  const marks = columns.map(() => '?').join(', ');
  const statement = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  return (...values) => statement.run(...values.map((value) => value ?? null));
}

const firstNames = ['Ada', 'Ben', 'Clara', 'David', 'Elif', 'Felix', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Kira', 'Liam',
  'Maya', 'Noah', 'Olga', 'Pavel', 'Rosa', 'Samir', 'Tara', 'Yuki'];
const lastNames = ['Adler', 'Berg', 'Costa', 'Diaz', 'Evans', 'Fischer', 'Garcia', 'Haas', 'Ivanov', 'Jansen', 'Klein',
  'Lopez', 'Meyer', 'Novak', 'Olsen', 'Park'];
const places = [['Berlin', 'Germany'], ['Hamburg', 'Germany'], ['Paris', 'France'], ['Lyon', 'France'],
  ['Vienna', 'Austria'], ['Madrid', 'Spain'], ['Oslo', 'Norway'], ['Prague', 'Czechia']];
const streets = ['Main Street', 'Oak Lane', 'Station Road', 'Mill Street', 'Garden Way', 'Hill Road'];

const customerCount = 60;
const addCustomer = into('customers', ['id', 'first_name', 'last_name', 'email', 'phone', 'created_at']);
const addAddress = into('addresses', ['id', 'customer_id', 'street', 'city', 'postal_code', 'country', 'is_default']);
for (let id = 1; id <= customerCount; id++) {
  const first = pick(firstNames);
  const last = pick(lastNames);
  const phone = below(4) === 0 ? undefined : `+00 555 ${String(1000 + below(9000))}`;
  addCustomer(id, first, last, `${first}.${last}.${id}@example.com`.toLowerCase(), phone, day(below(400)));
  const [city, country] = pick(places);
  addAddress(id, id, `${pick(streets)} ${1 + below(90)}`, city, String(10000 + below(80000)), country, 1);
}

const addCategory = into('categories', ['id', 'name', 'parent_id']);
['Home', 'Kitchen', 'Garden', 'Office', 'Books', 'Toys'].forEach((name, i) => addCategory(i + 1, name, null));
[['Lamps', 1], ['Cookware', 2], ['Tools', 3], ['Chairs', 4]].forEach(([name, parent], i) => addCategory(i + 7, name, parent));

const addSupplier = into('suppliers', ['id', 'company_name', 'contact_email', 'country']);
['North Trading', 'Blue River Goods', 'Sunfield Supply', 'Old Town Works', 'Harbor Imports'].forEach((name, i) =>
  addSupplier(i + 1, name, i === 3 ? null : `sales${i + 1}@example.org`, places[i + 2][1]));

const nouns = [['Desk Lamp', 7], ['Floor Lamp', 7], ['Frying Pan', 8], ['Soup Pot', 8], ['Tea Kettle', 2], ['Bread Knife', 2],
  ['Garden Hose', 3], ['Hand Shovel', 9], ['Rake', 9], ['Flower Pot', 3], ['Office Chair', 10], ['Stool', 10],
  ['Notebook', 4], ['Pen Set', 4], ['Paper Tray', 4], ['Cook Book', 5], ['Travel Guide', 5], ['Picture Book', 5],
  ['Wooden Train', 6], ['Puzzle', 6], ['Kite', 6], ['Wall Clock', 1], ['Door Mat', 1], ['Blanket', 1]];
const grades = ['Basic', 'Classic'];
const prices = [];
const addProduct = into('products', ['id', 'name', 'category_id', 'supplier_id', 'price', 'stock', 'is_active']);
for (const [noun, category] of nouns) {
  for (const grade of grades) {
    const price = cents(4 + below(120) + (grade === 'Classic' ? 15 : 0) + 0.99);
    prices.push(price);
    addProduct(prices.length, `${grade} ${noun}`, category, below(9) === 0 ? null : 1 + below(5), price, below(80), below(12) === 0 ? 0 : 1);
  }
}

const addOrder = into('orders', ['id', 'customer_id', 'address_id', 'status', 'ordered_at']);
const addItem = into('order_items', ['order_id', 'product_id', 'quantity', 'unit_price']);
const addPayment = into('payments', ['order_id', 'amount', 'method', 'paid_at']);
const addShipment = into('shipments', ['order_id', 'carrier', 'shipped_at', 'delivered_at']);
const statuses = ['delivered', 'delivered', 'delivered', 'shipped', 'paid', 'new', 'cancelled'];
for (let id = 1; id <= 180; id++) {
  // The last customers never order.
  const customer = 1 + below(customerCount - 8);
  const status = pick(statuses);
  const date = 400 + id * 2;
  addOrder(id, customer, customer, status, day(date));
  let total = 0;
  const products = new Set();
  for (let n = 1 + below(4); n > 0; n--) products.add(1 + below(prices.length));
  for (const product of products) {
    const quantity = 1 + below(3);
    total += quantity * prices[product - 1];
    addItem(id, product, quantity, prices[product - 1]);
  }
  if (status !== 'new' && status !== 'cancelled') addPayment(id, cents(total), pick(['card', 'transfer', 'paypal']), day(date + below(3)));
  if (status === 'shipped' || status === 'delivered') {
    const shipped = date + 1 + below(4);
    addShipment(id, pick(['Rapid', 'GreenPost', 'Parcel One']), day(shipped), status === 'delivered' ? day(shipped + 1 + below(5)) : null);
  }
}

const addReview = into('reviews', ['product_id', 'customer_id', 'rating', 'comment', 'created_at']);
const comments = ['Works well.', 'Very nice.', 'Too small for me.', 'Good value.', 'Arrived late.', null];
for (let i = 0; i < 120; i++) {
  addReview(1 + below(prices.length), 1 + below(customerCount - 8), 1 + below(5), pick(comments), day(420 + below(360)));
}

database.exec('COMMIT; ANALYZE; VACUUM;');
database.close();

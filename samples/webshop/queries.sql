-- Customers with the number of their orders, most first.
SELECT customers.first_name, customers.last_name, count(orders.id) AS order_count
FROM customers
LEFT JOIN orders ON orders.customer_id = customers.id
GROUP BY customers.id
ORDER BY order_count DESC;

-- Revenue per category.
SELECT categories.name, sum(order_items.quantity * order_items.unit_price) AS revenue
FROM order_items
JOIN products ON products.id = order_items.product_id
JOIN categories ON categories.id = products.category_id
GROUP BY categories.name
ORDER BY revenue DESC;

-- Products that are nearly out of stock.
SELECT name, stock FROM products WHERE stock < 5 AND is_active = 1;

-- ? customers who never ordered


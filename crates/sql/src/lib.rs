//! The SQL port over TDS; the only T-SQL of the product.

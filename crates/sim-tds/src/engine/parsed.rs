//! Batches that were parsed before: clients send the same text again and again.

use crate::tsql::{self, Batch};
use crate::value::SqlError;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// Texts that a thread keeps.
const MOST: usize = 256;

thread_local! {
    static PARSED: RefCell<HashMap<String, Arc<Batch>>> = RefCell::default();
}

/// The parsed batch. Text that is refused is refused anew each time.
pub(super) fn parse(text: &str) -> Result<Arc<Batch>, SqlError> {
    if let Some(known) = PARSED.with_borrow(|parsed| parsed.get(text).cloned()) {
        return Ok(known);
    }
    let batch = Arc::new(tsql::parse_batch(text)?);
    PARSED.with_borrow_mut(|parsed| {
        if parsed.len() >= MOST {
            parsed.clear();
        }
        parsed.insert(text.to_owned(), Arc::clone(&batch));
    });
    Ok(batch)
}

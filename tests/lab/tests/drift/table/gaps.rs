//! What nobody notices today. Each case holds the present behaviour; one that is noticed fails here and moves.

use crate::case::{Case, case, content, edit_grants, on, set, unset, with};
use scaleout_lab::Lab;
use serde_json::json;

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    vec![]
}

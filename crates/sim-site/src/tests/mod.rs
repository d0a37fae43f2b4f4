//! Tests of the site's causality: from a converged site only a cause is changed, and the symptom appears.

mod causes;
mod cluster;
mod dump;
mod executions;
mod fixture;
mod fixture_sql;
mod groups;
mod masters;
mod site_files;

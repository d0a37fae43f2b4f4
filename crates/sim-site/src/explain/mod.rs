//! Why something does not work: the reasons that `tick` goes by, as data. Read only.

mod group;
mod log;
mod master;
mod report;
mod worker;

pub use group::{EndpointRefusal, HealthRefusal, endpoint_refusal, health_refusal};
pub(crate) use log::connection_string;
pub use log::{LogRefusal, log_refusal};
pub use master::{
    EndpointAnswer, MasterRefusal, TlsRefusal, answer_endpoint, catalog_of_master, running_master,
};
pub use report::{Explanation, report};
pub use worker::{Registration, WorkerRefusal, client_refusal, master_of_worker};

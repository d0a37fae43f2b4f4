//! Answers the requests of the wire: what a `Backend` calls in `run`.

use super::interpreter::{BatchParameter, run_batch, run_procedure};
use super::session::{Item, Session, TransactionChange};
use super::world::{ProcedureArgument, World};
use crate::tsql::parse_type;
use crate::value::SqlError;
use crate::wire::{self, Command, Parameter, Reply, Request};

/// Runs a request and sends its answer. `Err` is a request that cannot begin: a declaration that is no type.
pub async fn run_request(
    world: &dyn World,
    session: &mut Session,
    request: Request,
    reply: &mut dyn Reply,
) -> Result<(), SqlError> {
    let items = match request.command {
        Command::Text(text) => {
            let parameters = request.parameters.into_iter().map(variable).collect::<Result<Vec<_>, _>>()?;
            run_batch(world, session, &text, &parameters).await
        }
        Command::Procedure(name) => {
            let arguments = request.parameters.into_iter().map(argument).collect();
            run_procedure(world, session, &name, arguments).await
        }
    };
    for item in items {
        send(item, reply).await;
    }
    Ok(())
}

fn variable(parameter: Parameter) -> Result<BatchParameter, SqlError> {
    let ty = match &parameter.declared {
        Some(declared) => parse_type(declared)?,
        None => parameter.ty,
    };
    Ok(BatchParameter { name: parameter.name, ty, value: parameter.value, output: parameter.output })
}

fn argument(parameter: Parameter) -> ProcedureArgument {
    ProcedureArgument {
        name: Some(parameter.name).filter(|name| !name.is_empty()),
        ty: parameter.ty,
        value: (!parameter.default).then_some(parameter.value),
        output: parameter.output,
    }
}

async fn send(item: Item, reply: &mut dyn Reply) {
    let sent = match item {
        Item::Rows(rows) => {
            reply.send(wire::Item::Columns(rows.columns)).await;
            for row in rows.rows {
                reply.send(wire::Item::Row(row)).await;
            }
            return;
        }
        Item::Done(count) => wire::Item::Done(count),
        Item::Changed(change, count) => wire::Item::Changed(change, count),
        Item::Message(message) => wire::Item::Message(message),
        Item::ReturnStatus(status) => wire::Item::ReturnStatus(status),
        Item::Output { name, ty, value } => wire::Item::Output { name, ty, value },
        Item::Database(name) => wire::Item::Database(name),
        Item::Transaction(change) => wire::Item::Transaction(match change {
            TransactionChange::Begun => wire::TransactionChange::Begun,
            TransactionChange::Committed => wire::TransactionChange::Committed,
            TransactionChange::RolledBack => wire::TransactionChange::RolledBack,
        }),
    };
    reply.send(sent).await;
}

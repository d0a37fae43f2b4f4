//! EXECUTE: text, `sp_executesql`, procedures of the world and procedures stored as T-SQL.

use super::argument::{ParameterSpec, match_arguments};
use super::context::Variable;
use super::convert::cast;
use super::function_eval::split_name;
use super::interpreter::{Fail, Flow, Frame, Interpreter, Outcome};
use super::messages::unknown_procedure;
use super::scope::same;
use super::session::Item;
use super::types::{Family, family, is_unicode, natural};
use super::world::{Procedure, ProcedureArgument, ProcedureName};
use crate::tsql::{self, Argument, ArgumentValue, Batch, Execute, ExecuteTarget, ObjectName, Parameter};
use crate::value::{SqlError, SqlType, SqlValue};

/// What a call gave back: the status and output values by argument index.
struct Returned {
    status: i32,
    outputs: Vec<(usize, SqlValue)>,
    /// The request ends.
    aborted: bool,
}

impl Interpreter<'_> {
    pub(super) async fn execute(&mut self, execute: &Execute) -> Outcome {
        let name = match &execute.target {
            ExecuteTarget::Text(text) => {
                let (_, value) = self.evaluate(text)?;
                let returned = self.text(&value, Vec::new()).await?;
                return Ok(if returned.aborted { Flow::Abort } else { Flow::Next });
            }
            ExecuteTarget::Procedure(name) => name.clone(),
            ExecuteTarget::Variable(variable) => {
                let ty = self.variable_type(variable)?;
                let value = self.frame.variables.get(&variable.to_lowercase()).map(|v| v.value.clone());
                let text = cast(&value.unwrap_or(SqlValue::Null), ty, SqlType::NVARCHAR_MAX, 0)?;
                match &text {
                    SqlValue::Text(text) => split_name(text).ok_or_else(|| unknown_procedure(text))?,
                    _ => return Err(unknown_procedure("").into()),
                }
            }
        };
        let arguments = execute
            .arguments
            .iter()
            .map(|argument| self.argument(argument))
            .collect::<Result<Vec<_>, _>>()?;
        let returned = self.call(&name, &arguments).await?;
        for (index, value) in returned.outputs {
            if let Some(Argument { value: ArgumentValue::Variable { name, output: true }, .. }) =
                execute.arguments.get(index)
            {
                let ty = self.variable_type(name)?;
                self.store(name, cast(&value, natural(&value), ty, 0)?);
            }
        }
        if let Some(variable) = &execute.status {
            let ty = self.variable_type(variable)?;
            self.store(variable, cast(&SqlValue::Int(returned.status), SqlType::Int, ty, 0)?);
        }
        Ok(if returned.aborted { Flow::Abort } else { Flow::Next })
    }

    /// A procedure that the client calls by name.
    pub(super) async fn remote_call(&mut self, name: &str, arguments: Vec<ProcedureArgument>) -> Outcome {
        let parsed = split_name(name).ok_or_else(|| unknown_procedure(name))?;
        let returned = match self.call(&parsed, &arguments).await {
            Ok(returned) => returned,
            Err(fail) => {
                let error = fail.error.clone().at_line(1);
                self.items.push(Item::Message(error));
                return Ok(Flow::EndScope);
            }
        };
        self.items.push(Item::ReturnStatus(returned.status));
        for (index, value) in returned.outputs {
            if let Some(ProcedureArgument { name, ty, output: true, .. }) = arguments.get(index) {
                let value = cast(&value, natural(&value), *ty, 0)?;
                let name = name.clone().unwrap_or_default();
                self.items.push(Item::Output { name, ty: *ty, value });
            }
        }
        Ok(Flow::Next)
    }

    fn argument(&self, argument: &Argument) -> Result<ProcedureArgument, SqlError> {
        let (ty, value, output) = match &argument.value {
            ArgumentValue::Value(expression) => {
                let (ty, value) = self.evaluate(expression)?;
                (ty, Some(value), false)
            }
            ArgumentValue::Word(word) => (SqlType::SYSNAME, Some(SqlValue::text(word)), false),
            ArgumentValue::Default => (SqlType::Int, None, false),
            ArgumentValue::Variable { name, output } => {
                let ty = self.variable_type(name)?;
                let value = self.frame.variables.get(&name.to_lowercase()).map(|v| v.value.clone());
                (ty, value, *output)
            }
        };
        Ok(ProcedureArgument { name: argument.name.clone(), ty, value, output })
    }

    async fn call(&mut self, name: &ObjectName, arguments: &[ProcedureArgument]) -> Result<Returned, Fail> {
        if is_execute_sql(name) {
            return self.execute_sql(arguments).await;
        }
        if let Some(server) = &name.server {
            let text = format!("Could not find server '{server}' in sys.servers.");
            return Err(SqlError::new(7202, text).with_class(11).into());
        }
        let full = ProcedureName {
            database: name.database.clone().unwrap_or_else(|| self.session.info.database.clone()),
            schema: name.schema.clone(),
            name: name.name.clone(),
        };
        match self.world.execute_procedure(&self.session.info, &full, arguments).await? {
            Procedure::Unknown => Err(unknown_procedure(name).into()),
            Procedure::Definition { text, database } => self.stored(&text, database, arguments).await,
            Procedure::Done(result) => {
                self.session.site_changed |= self.session.in_transaction();
                self.items.extend(result.messages.into_iter().map(Item::Message));
                for rows in result.results {
                    let count = rows.rows.len();
                    self.items.push(Item::Rows(rows));
                    self.done(count);
                }
                Ok(Returned { status: result.return_status, outputs: result.outputs, aborted: false })
            }
        }
    }

    /// `sp_executesql @stmt, @params, values…`.
    async fn execute_sql(&mut self, arguments: &[ProcedureArgument]) -> Result<Returned, Fail> {
        let text = |at: usize| {
            arguments.get(at).and_then(|argument| argument.value.clone()).unwrap_or(SqlValue::Null)
        };
        if arguments.is_empty() {
            let text = "Procedure or function 'sp_executesql' expects parameter '@statement', which was not supplied.";
            return Err(SqlError::new(201, text).into());
        }
        for (argument, (name, state)) in arguments.iter().zip([("@statement", 2), ("@params", 3)]) {
            if family(argument.ty) == Family::Text && !is_unicode(argument.ty) {
                let text = format!("Procedure expects parameter '{name}' of type 'ntext/nchar/nvarchar'.");
                return Err(SqlError::new(214, text).with_state(state).into());
            }
        }
        let declared = match text(1) {
            SqlValue::Text(list) => tsql::parse_parameters(&list)?,
            _ => Vec::new(),
        };
        let values = arguments.get(2..).unwrap_or_default();
        let specs = declared.iter().map(|parameter| self.spec(parameter)).collect::<Result<Vec<_>, _>>()?;
        let matched = match_arguments("sp_executesql", &specs, values)?;
        let variables = specs.iter().zip(&matched).map(|(spec, matched)| {
            (spec.name.to_lowercase(), Variable { ty: spec.ty, value: matched.value.clone() })
        });
        let frame = Frame { variables: variables.collect(), ..Frame::default() };
        let SqlValue::Text(statement) = text(0) else {
            let text = "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.";
            return Err(SqlError::new(214, text).with_state(2).into());
        };
        let batch = tsql::parse_batch(&statement).map_err(inner_error)?;
        let (mut returned, frame) = self.nested(&batch, frame, None).await?;
        for (spec, matched) in specs.iter().zip(&matched) {
            let variable = frame.variables.get(&spec.name.to_lowercase());
            if let (Some(index), Some(variable), true) = (matched.argument, variable, spec.output) {
                returned.outputs.push((index + 2, variable.value.clone()));
            }
        }
        Ok(returned)
    }

    async fn text(&mut self, value: &SqlValue, outputs: Vec<(usize, SqlValue)>) -> Result<Returned, Fail> {
        let SqlValue::Text(text) = value else { return Ok(Returned { status: 0, outputs, aborted: false }) };
        let batch = tsql::parse_batch(text).map_err(inner_error)?;
        self.nested(&batch, Frame::default(), None).await.map(|(returned, _)| returned)
    }

    /// A procedure stored as T-SQL.
    async fn stored(
        &mut self,
        definition: &str,
        database: String,
        arguments: &[ProcedureArgument],
    ) -> Result<Returned, Fail> {
        let procedure = tsql::parse_procedure(definition).map_err(inner_error)?;
        let name = procedure.name.name.clone();
        let specs = procedure.parameters.iter().map(|p| self.spec(p)).collect::<Result<Vec<_>, _>>()?;
        let matched = match_arguments(&name, &specs, arguments)?;
        let variables = specs.iter().zip(&matched).map(|(spec, matched)| {
            (spec.name.to_lowercase(), Variable { ty: spec.ty, value: matched.value.clone() })
        });
        let frame = Frame { variables: variables.collect(), procedure: name, ..Frame::default() };
        let batch = Batch { statements: procedure.body };
        let (mut returned, frame) = self.nested(&batch, frame, Some(database)).await?;
        for (spec, matched) in specs.iter().zip(&matched) {
            let variable = frame.variables.get(&spec.name.to_lowercase());
            if let (Some(index), Some(variable), true) = (matched.argument, variable, spec.output) {
                returned.outputs.push((index, variable.value.clone()));
            }
        }
        Ok(returned)
    }

    fn spec(&self, parameter: &Parameter) -> Result<ParameterSpec, SqlError> {
        let default =
            parameter.default.as_ref().map(|default| self.evaluate_as(default, parameter.ty)).transpose()?;
        Ok(ParameterSpec {
            name: parameter.name.clone(),
            ty: parameter.ty,
            default,
            output: parameter.output,
        })
    }

    /// Runs a batch in a frame of its own; the current database is the caller's again afterwards.
    async fn nested(
        &mut self,
        batch: &Batch,
        frame: Frame,
        database: Option<String>,
    ) -> Result<(Returned, Frame), Fail> {
        if self.session.state.nesting >= 32 {
            let text =
                "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).";
            return Err(SqlError::new(217, text).into());
        }
        let caller = std::mem::replace(&mut self.frame, frame);
        let home = self.session.info.database.clone();
        self.session.home_database.get_or_insert_with(|| home.clone());
        if let Some(database) = database {
            self.session.info.database = database;
        }
        self.session.state.nesting += 1;
        let outcome = self.batch(batch).await;
        self.session.state.nesting -= 1;
        if self.session.info.database != home {
            self.session.info.database.clone_from(&home);
            if self.items.iter().any(|item| matches!(item, Item::Database(_))) {
                self.items.push(Item::Database(home));
            }
        }
        if self.session.state.nesting == 0 {
            self.session.home_database = None;
        }
        let frame = std::mem::replace(&mut self.frame, caller);
        match outcome {
            Ok(flow) => {
                let status = if let Flow::Return(status) = flow { status } else { 0 };
                Ok((Returned { status, outputs: Vec::new(), aborted: flow == Flow::Abort }, frame))
            }
            // For the caller it is an error like any other.
            Err(fail) => Err(Fail { compile: false, ..fail }),
        }
    }
}

/// A batch that the caller's TRY can catch: it is not the caller's own.
fn inner_error(error: SqlError) -> Fail {
    Fail { error, compile: false, thrown: false, raised: false }
}

/// `sp_executesql`, in any database, with the schema `sys` or `dbo` or none.
fn is_execute_sql(name: &ObjectName) -> bool {
    let schema = name.schema.as_deref().is_none_or(|schema| same(schema, "sys") || same(schema, "dbo"));
    same(&name.name, "sp_executesql") && schema && name.server.is_none()
}

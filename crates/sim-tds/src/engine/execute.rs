//! Statements without control flow.

use std::time::Duration;

use super::context::Variable;
use super::datetime;
use super::interpreter::{Fail, Flow, Interpreter, Outcome};
use super::messages::undeclared_variable;
use super::session::Item;
use super::text::shown;
use super::types::natural;
use crate::tsql::{Ddl, Declaration, Expression, Kind, SessionOption};
use crate::value::{SqlError, SqlType, SqlValue};

impl Interpreter<'_> {
    pub(super) async fn simple(&mut self, kind: &Kind) -> Outcome {
        match kind {
            Kind::Declare(declarations) => self.declare(declarations)?,
            Kind::Assign { variable, value } => self.assign(variable, value)?,
            Kind::SetOptions(options) => options.iter().try_for_each(|option| self.set_option(option))?,
            Kind::Print(expression) => {
                let (ty, value) = self.evaluate(expression)?;
                let text = shown(&value, ty, 0)?;
                self.items.push(Item::Message(SqlError::new(0, text).with_class(0).at_line(1)));
            }
            Kind::RaiseError { message, severity, state, arguments } => {
                self.raise(message, severity, state, arguments)?;
            }
            Kind::Throw(parts) => return self.throw(parts.as_ref()),
            Kind::BeginTransaction => self.begin(),
            Kind::Commit => self.commit()?,
            Kind::Rollback => self.rollback_statement()?,
            Kind::WaitFor(delay) => {
                let duration = self.delay(delay)?;
                self.world.wait(duration).await;
            }
            Kind::Use(database) => {
                let name = self.world.use_database(&self.session.info, database)?;
                self.session.info.database.clone_from(&name);
                self.items.push(Item::Database(name));
            }
            Kind::Kill(spid) => self.world.kill(&self.session.info, *spid).await?,
            Kind::Reconfigure { override_checks } => {
                self.world.reconfigure(&self.session.info, *override_checks).await?;
            }
            Kind::Select(query) => self.select(query)?,
            Kind::Ddl(ddl) => self.ddl(ddl).await?,
            other => return self.change(other).await,
        }
        Ok(Flow::Next)
    }

    fn declare(&mut self, declarations: &[Declaration]) -> Result<(), SqlError> {
        for declaration in declarations {
            let key = declaration.name.to_lowercase();
            let value = match &declaration.initial {
                Some(initial) => self.evaluate_as(initial, declaration.ty)?,
                None => SqlValue::Null,
            };
            // In a loop the same declaration runs again; two declarations are told apart by their type only.
            let other = self.frame.variables.get(&key).is_some_and(|known| known.ty != declaration.ty);
            if other
                || declarations.iter().filter(|d| d.name.eq_ignore_ascii_case(&declaration.name)).count() > 1
            {
                let text = format!(
                    "The variable name '{}' has already been declared. Variable names must be unique within a query batch or stored procedure.",
                    declaration.name
                );
                return Err(SqlError::new(134, text).with_class(15));
            }
            self.frame.variables.insert(key, Variable { ty: declaration.ty, value });
        }
        Ok(())
    }

    fn assign(&mut self, name: &str, expression: &Expression) -> Result<(), SqlError> {
        let ty = self.variable_type(name)?;
        let value = self.evaluate_as(expression, ty)?;
        self.store(name, value);
        Ok(())
    }

    pub(super) fn variable_type(&self, name: &str) -> Result<SqlType, SqlError> {
        let variable = self.frame.variables.get(&name.to_lowercase());
        variable.map(|variable| variable.ty).ok_or_else(|| undeclared_variable(name))
    }

    pub(super) fn store(&mut self, name: &str, value: SqlValue) {
        if let Some(variable) = self.frame.variables.get_mut(&name.to_lowercase()) {
            variable.value = value;
        }
    }

    /// NOCOUNT and XACT_ABORT act; other options are taken only at the value that holds anyway.
    fn set_option(&mut self, option: &SessionOption) -> Result<(), SqlError> {
        const ALWAYS_OFF: &[&str] = &[
            "ANSI_DEFAULTS",
            "ANSI_NULL_DFLT_OFF",
            "ARITHIGNORE",
            "FMTONLY",
            "IMPLICIT_TRANSACTIONS",
            "NOEXEC",
            "NUMERIC_ROUNDABORT",
        ];
        let refused = match option {
            SessionOption::Switch("NOCOUNT", on) => {
                self.session.no_count = *on;
                false
            }
            SessionOption::Switch("XACT_ABORT", on) => {
                self.session.abort_on_error = *on;
                false
            }
            // There are no cursors.
            SessionOption::Switch("CURSOR_CLOSE_ON_COMMIT", _) => false,
            SessionOption::Switch(name, on) => *on == ALWAYS_OFF.contains(name),
            SessionOption::Number("ROWCOUNT", value) => *value != 0,
            SessionOption::Number("DATEFIRST", value) => *value != 7,
            SessionOption::Word("LANGUAGE", name) => {
                !["us_english", "english"].contains(&name.to_lowercase().as_str())
            }
            SessionOption::Word("DATEFORMAT", order) => !order.eq_ignore_ascii_case("mdy"),
            // Time-outs, sizes, priorities and isolation levels change nothing that one session can see here.
            SessionOption::Number(..) | SessionOption::Word(..) | SessionOption::Isolation(_) => false,
        };
        if refused { Err(SqlError::not_implemented(format!("SET {option:?}"))) } else { Ok(()) }
    }

    fn raise(
        &mut self,
        message: &Expression,
        severity: &Expression,
        state: &Expression,
        arguments: &[Expression],
    ) -> Result<(), Fail> {
        let SqlValue::Text(template) = self.evaluate(message)?.1 else {
            return Err(SqlError::not_implemented("RAISERROR with a message number").into());
        };
        let number = |value: SqlValue| match value {
            SqlValue::Int(number) => u8::try_from(number.clamp(0, 255)).unwrap_or(0),
            _ => 0,
        };
        let class = number(self.evaluate_as(severity, SqlType::Int)?);
        let state = number(self.evaluate_as(state, SqlType::Int)?);
        if class > 18 {
            return Err(SqlError::not_implemented("RAISERROR with a severity above 18").into());
        }
        let mut values = Vec::new();
        for argument in arguments {
            let (ty, value) = self.evaluate(argument)?;
            values.push(if value.is_null() { "(null)".to_owned() } else { shown(&value, ty, 0)? });
        }
        let error = SqlError::new(50000, fill(&template, &values)?).with_class(class).with_state(state);
        if class <= 10 {
            self.items.push(Item::Message(error.at_line(1)));
            return Ok(());
        }
        Err(Fail { error, compile: false, thrown: false, raised: true })
    }

    fn throw(&mut self, parts: Option<&(Expression, Expression, Expression)>) -> Outcome {
        let error = match parts {
            None => self.session.state.caught.last().cloned().ok_or_else(|| {
                let text = "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.";
                SqlError::new(10704, text).with_class(15)
            })?,
            Some((number, message, state)) => {
                let number = match self.evaluate_as(number, SqlType::Int)? {
                    SqlValue::Int(number) if number >= 50000 => number,
                    _ => {
                        let text = "Error number in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647.";
                        return Err(SqlError::new(35100, text).into());
                    }
                };
                let message = self.evaluate_as(message, SqlType::NVARCHAR_MAX)?;
                let text = shown(&message, SqlType::NVARCHAR_MAX, 0)?;
                let state = match self.evaluate_as(state, SqlType::TinyInt)? {
                    SqlValue::TinyInt(state) => state,
                    _ => 0,
                };
                SqlError::new(number, text).with_state(state)
            }
        };
        Err(Fail { error, compile: false, thrown: true, raised: false })
    }

    /// `hh:mm[:ss[.mmm]]`, below 24 hours.
    fn delay(&self, expression: &Expression) -> Result<Duration, SqlError> {
        let (_, value) = self.evaluate(expression)?;
        let text = shown(&value, natural(&value), 0)?;
        let parsed = if text.contains('-') { None } else { datetime::parse(&text) };
        let ticks = parsed.map(|parsed| parsed.value.time.ticks).ok_or_else(|| {
            SqlError::new(148, format!("Incorrect time syntax in time string '{text}' used with WAITFOR."))
                .with_class(15)
        })?;
        Ok(Duration::from_nanos(ticks.saturating_mul(100)))
    }

    async fn ddl(&mut self, ddl: &Ddl) -> Result<(), SqlError> {
        let placement = ddl.placement();
        let title = ddl.title();
        if let Some(number) = placement.refused_in_transaction.filter(|_| self.session.in_transaction()) {
            let text = match number {
                574 => format!("{title} statement cannot be used inside a user transaction."),
                3021 => "Cannot perform a backup or restore operation within a transaction.".to_owned(),
                _ => format!("{title} statement not allowed within multi-statement transaction."),
            };
            return Err(SqlError::new(number, text));
        }
        if placement.alone && !self.frame.alone {
            return Err(SqlError::new(
                50000,
                format!("simulator: {title} must be the only statement of its batch"),
            ));
        }
        if placement.master_only && !self.session.info.database.eq_ignore_ascii_case("master") {
            let text = "Availability-group DDL operations are permitted only when you are using the master database. Run the USE MASTER statement, and retry your availability-group DDL command.";
            return Err(SqlError::new(35208, text));
        }
        let messages = self.world.execute_ddl(&self.session.info, ddl).await?;
        self.session.site_changed |= self.session.in_transaction();
        self.items.extend(messages.into_iter().map(Item::Message));
        self.items.push(Item::Done(None));
        Ok(())
    }
}

/// RAISERROR's `%s`, `%d`, `%i`, `%u` and `%%`; 2786 is too few values.
fn fill(template: &str, values: &[String]) -> Result<String, SqlError> {
    let mut values = values.iter();
    let mut text = String::new();
    let mut characters = template.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some('s' | 'd' | 'i' | 'u') => text.push_str(values.next().map_or("(null)", String::as_str)),
            Some('%') => text.push('%'),
            _ => return Err(SqlError::not_implemented("this format of RAISERROR")),
        }
    }
    Ok(text)
}

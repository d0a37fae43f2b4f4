//! The CustomResourceDefinitions as they are installed.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps,
};
use kube::CustomResourceExt;
use kube::core::schema::StructuralSchemaRewriter;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::drop_null::DropNull;
use crate::join_lines::JoinLines;
use crate::{ScaleOutMaster, ScaleOutWorker, SsisdbAvailabilityGroup};

/// Why a schema could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the generated schema of {kind} is no schema for Kubernetes")]
pub struct SchemaError {
    /// The kind.
    kind: &'static str,
    /// What did not fit.
    source: serde_json::Error,
}

/// All CRDs with the name of their file, in a stable order.
pub fn crds() -> Result<Vec<(String, CustomResourceDefinition)>, SchemaError> {
    let crds = [
        crd::<ScaleOutMaster>("ScaleOutMaster")?,
        crd::<ScaleOutWorker>("ScaleOutWorker")?,
        crd::<SsisdbAvailabilityGroup>("SsisdbAvailabilityGroup")?,
    ];
    Ok(crds
        .into_iter()
        .map(|crd| (format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural), crd))
        .collect())
}

/// The CRD of one kind, with a schema in which nothing is nullable and field descriptions are kept.
fn crd<K: CustomResourceExt + JsonSchema>(
    kind: &'static str,
) -> Result<CustomResourceDefinition, SchemaError> {
    let schema = schema::<K>().map_err(|source| SchemaError { kind, source })?;
    let mut crd = K::crd();
    for version in &mut crd.spec.versions {
        if let Some(validation) = &mut version.schema {
            validation.open_api_v3_schema = Some(schema.clone());
        }
    }
    Ok(crd)
}

fn schema<K: JsonSchema>() -> Result<JSONSchemaProps, serde_json::Error> {
    let generator = SchemaSettings::openapi3()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
            settings.transforms.insert(0, Box::new(DropNull));
        })
        .with_transform(StructuralSchemaRewriter)
        .with_transform(JoinLines)
        .into_generator();
    serde_json::from_value(generator.into_root_schema_for::<K>().to_value())
}

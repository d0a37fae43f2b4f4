//! Placeholder while the rest is written.
#[derive(clap::Args)]
pub(crate) struct Args {}
impl Args {
    pub(crate) fn one(_: Which) -> Self {
        Self {}
    }
}
pub(crate) enum Which {
    Layers,
    Size,
}
pub(crate) fn run(_: &Args) -> anyhow::Result<()> {
    Ok(())
}

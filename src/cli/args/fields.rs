//! What the fields of a catalogue are called.

use clap::Args;

#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "the names of the options")]
pub(crate) struct FieldArgs {
    /// The field or column with the id.
    ///
    /// In JSON it can be a path, such as `meta.id`.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "id",
        env = "MINITAG_ID_FIELD"
    )]
    pub(crate) id_field: String,

    /// The field with the text; several, separated by commas, are joined.
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "text",
        env = "MINITAG_TEXT_FIELD"
    )]
    pub(crate) text_field: Vec<String>,

    /// The field with the path of a text file.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        default_value = "path",
        env = "MINITAG_PATH_FIELD"
    )]
    pub(crate) path_field: String,
}

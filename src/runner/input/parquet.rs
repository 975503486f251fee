//! Rows of a Parquet file.

use std::fs::File;
use std::io;
use std::sync::mpsc::SyncSender;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::value::RawValue;

use crate::runner::fields::{Object, Unseen};
use crate::runner::input::{InputError, Item, SendRows, Source};
use crate::runner::record::{Record, RecordError};
use crate::runner::value::Value;

/// The rows of a file and their number, once its end has been read.
pub(super) fn open(source: &Source) -> Result<(u64, SendRows), InputError> {
    let path = source.path.clone();
    let failed = |error| InputError::Io {
        path: path.clone(),
        source: error,
    };
    let file = File::open(&source.path).map_err(failed)?;
    let reader = SerializedFileReader::new(file).map_err(|e| failed(io::Error::other(e)))?;
    let count = reader.metadata().file_metadata().num_rows();
    let source = source.clone();
    let send = move |sender: &SyncSender<Result<Item, InputError>>| {
        let mut unseen = Unseen::new(&source.fields);
        for (line, row) in (1..).zip(reader) {
            let record = match row {
                Ok(row) => {
                    let cells = row.get_column_iter().map(|(name, cell)| {
                        let json = cell.to_json_value().to_string();
                        (
                            name.clone(),
                            RawValue::from_string(json).unwrap_or_default(),
                        )
                    });
                    let cells = cells.filter(|(_, cell)| cell.get() != "null");
                    let cells = cells.map(|(name, cell)| (name, Value::Json(cell)));
                    let object = Object(cells.collect());
                    unseen.look(&object);
                    Record::from_fields(object, line, &source.fields, source.folder())
                }
                Err(error) => Err(RecordError {
                    line,
                    id: None,
                    kind: "not_parquet",
                    message: error.to_string(),
                }),
            };
            let position = line;
            if sender.send(Ok(Item { record, position })).is_err() {
                break;
            }
        }
        unseen.names()
    };
    Ok((u64::try_from(count).unwrap_or(0), Box::new(send)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::runner::input::{InputFormat, Next, feed};

    #[test]
    fn rows_are_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.parquet");
        let schema = "message m { REQUIRED INT64 id; OPTIONAL BYTE_ARRAY text (UTF8); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = File::create(&path).unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&[7, 8], None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let texts = [ByteArray::from("a game")];
        column
            .typed::<ByteArrayType>()
            .write_batch(&texts, Some(&[1, 0]), None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let feed = feed(Source::new(&path, InputFormat::of(&path).unwrap())).unwrap();
        assert_eq!(feed.length, Some(2));
        let mut found = Vec::new();
        while let Next::Item(item) = feed.next(Duration::from_secs(9)).unwrap() {
            found.push(item.record.map(|r| r.id).map_err(|e| (e.line, e.kind)));
        }
        assert_eq!(found, [Ok("7".to_owned()), Err((2, "no_text"))]);
    }
}

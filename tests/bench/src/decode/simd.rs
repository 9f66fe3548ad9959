//! Blocks of rows by simd-json, from its tape into builders.

use simd_json::{Buffers, Node, StaticNode, Tape};

use super::builders::{Builder, Builders, Misfit};
use super::rows::Lines;
use super::{BATCH_ROWS, Decode, Sink};
use crate::Result;
use crate::generate::{Format, Table};

pub(super) struct Simd {
    lines: Lines,
    builders: Builders,
    scratch: Scratch,
}

/// Memory that is used again.
struct Scratch {
    /// The rows as one array: the parser writes into its input.
    block: Vec<u8>,
    buffers: Buffers,
    /// The tape of the block before, emptied.
    tape: Option<Tape<'static>>,
}

impl Simd {
    pub(super) fn new(table: &Table) -> Self {
        let scratch = Scratch { block: Vec::new(), buffers: Buffers::default(), tape: None };
        Self { lines: Lines::new(Format::Json), builders: Builders::new(table), scratch }
    }
}

impl Decode for Simd {
    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        let Self { lines, builders, scratch } = self;
        lines.feed(bytes, |rows| read(rows, builders, scratch, sink))
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<()> {
        let Self { lines, builders, scratch } = self;
        lines.finish(|rows| read(rows, builders, scratch, sink))?;
        builders.give_out(1, sink)
    }
}

fn read(rows: &[u8], builders: &mut Builders, scratch: &mut Scratch, sink: Sink<'_>) -> Result<()> {
    let Scratch { block, buffers, tape: kept } = scratch;
    block.clear();
    block.push(b'[');
    block.extend_from_slice(rows.strip_suffix(b",").unwrap_or(rows));
    block.push(b']');
    let mut tape = kept.take().unwrap_or_else(|| Tape(Vec::new())).reset();
    simd_json::fill_tape(block, buffers, &mut tape)?;
    let mut nodes = tape.0.iter();
    let Some(Node::Array { len, .. }) = nodes.next() else { return Err("no rows".into()) };
    for _ in 0..*len {
        let Some(Node::Object { len, .. }) = nodes.next() else { return Err("a row is no object".into()) };
        for expected in 0..*len {
            let (Some(Node::String(key)), Some(value)) = (nodes.next(), nodes.next()) else {
                return Err("a row without a value".into());
            };
            let at = builders.place(key, expected).ok_or("an unknown field")?;
            let builder = builders.columns.get_mut(at).ok_or("no such column")?;
            add(builder, value).map_err(|_| format!("{key} is of another type"))?;
        }
        builders.rows += 1;
        builders.give_out(BATCH_ROWS, sink)?;
    }
    *kept = Some(tape.reset());
    Ok(())
}

fn add(builder: &mut Builder, value: &Node<'_>) -> std::result::Result<(), Misfit> {
    match value {
        Node::String(text) => builder.text(text),
        Node::Static(StaticNode::I64(number)) => builder.whole(*number),
        Node::Static(StaticNode::U64(number)) => builder.whole(i64::try_from(*number).map_err(|_| Misfit)?),
        Node::Static(StaticNode::F64(number)) => builder.number(*number),
        Node::Static(StaticNode::Null) => {
            builder.null();
            Ok(())
        }
        _ => Err(Misfit),
    }
}

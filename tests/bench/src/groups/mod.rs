//! The parts of the measurement: each gives figures.

pub mod decode;
pub mod instructions;

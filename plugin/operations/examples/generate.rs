//! Writes the table of operations anew from Looker's OpenAPI file: `make operations SPECIFICATION=FILE`.

use std::io::{self, Write as _};
use std::path::Path;
use std::{env, fs};

use looker_operations::openapi;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = env::args().nth(1).ok_or("Say which file: generate FILE")?;
    let table = openapi::read(&serde_json::from_slice(&fs::read(&file)?)?).ok_or("The file has no operations")?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (operations, types) = table.texts();
    for (name, text) in
        [("operations.tsv", operations), ("types.tsv", types), ("release.txt", &format!("{}\n", table.release()))]
    {
        fs::write(here.join(name), text)?;
    }
    let (operations, types) = (table.operations().count(), table.types().count());
    writeln!(io::stdout(), "{operations} operations and {types} types of {}", table.release())?;
    Ok(())
}

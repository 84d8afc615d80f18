//! Files of environment variables: NAME=value lines, as .env files have them.

use std::path::{Path, PathBuf};

use flux_host::regular;

use crate::errors::CliError;

/// The file of variables that a command reads without being told to, beside flux.toml.
pub const USUAL: &str = ".env";

/// Where environment variables are read from, besides the environment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read environment variables from a file of NAME=value lines, before those of the file .env beside flux.toml.
    /// Variables that are already set keep their value. May be given several times; the first file that has a variable
    /// counts
    #[arg(long, global = true, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Do not read the file .env beside flux.toml
    #[arg(long, global = true)]
    no_env_file: bool,
}

impl Args {
    /// The files that are named; then .env, for a command that needs variables.
    pub fn files(&self, project: &Path, needs_variables: bool) -> Vec<PathBuf> {
        let folder = if project.is_dir() { project } else { project.parent().unwrap_or(project) };
        let usual = Some(folder.join(USUAL)).filter(|file| file.is_file());
        let usual = usual.filter(|_| needs_variables && !self.no_env_file);
        self.env_file.iter().cloned().chain(usual).collect()
    }
}

/// More is no file of variables.
const LARGEST: u64 = 1 << 20;

/// The variables of some files that the environment does not have. Where two files have one, the first counts.
pub fn read(files: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for file in files {
        let text = text_of(file)?;
        // Windows begins a text with a mark.
        let text = text.trim_start_matches('\u{feff}');
        for variable in dotenvy::from_read_iter(text.as_bytes()) {
            let (name, value) = variable.map_err(|error| wrong(file, text, &error))?;
            let is_known = variables.iter().any(|(known, _)| *known == name);
            if !is_known && std::env::var_os(&name).is_none() {
                variables.push((name, value));
            }
        }
    }
    Ok(variables)
}

fn text_of(file: &Path) -> Result<String, CliError> {
    let instead = "name a text file of NAME=value lines, of at most 1 MiB";
    regular::read_text_or_pipe(file, LARGEST).map_err(|source| CliError::unreadable(file, source, instead))
}

/// Where the mistake is. What stands there may be a secret, so it is not shown.
fn wrong(file: &Path, text: &str, error: &dotenvy::Error) -> CliError {
    let line = match error {
        dotenvy::Error::LineParse(rest, _) => {
            let first = rest.lines().next().unwrap_or_default();
            text.lines().position(|line| line == first).map(|index| format!(":{}", index + 1))
        }
        _ => None,
    };
    let message = format!("{}{} is not NAME=value", file.display(), line.unwrap_or_default());
    CliError::new(
        message,
        "write a NAME=value on each line, and a value with spaces in quotes; # begins a comment",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_first_file_and_that_before_the_second() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("it is written");
            path
        };
        let one = file("one", "# mine\nFLUX_A=\"x y\"\nexport FLUX_B=2\nPATH=/nowhere\n");
        let two = file("two", "FLUX_B=3\nFLUX_C=\n");
        let read = |files: &[PathBuf]| read(files);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expect = [pair("FLUX_A", "x y"), pair("FLUX_B", "2"), pair("FLUX_C", "")];
        assert_eq!(read(&[one, two]).expect("they are read"), expect);
        let wrong = read(&[file("wrong", "not a variable\n")]).expect_err("it is refused").to_string();
        assert!(wrong.ends_with("wrong:1 is not NAME=value"), "{wrong}");
        let open =
            read(&[file("open", "\u{feff}FLUX_D=1\nFLUX_E=\"x\nTOKEN=hush\n")]).expect_err("a quote is open");
        assert!(open.to_string().ends_with("open:2 is not NAME=value"), "{open}");
        assert!(!format!("{open:?}").contains("hush"), "{open:?}");
        assert!(read(&["/dev/zero".into()]).is_err());
        assert!(read(&[folder.path().join("gone")]).is_err());
    }
}

//! Files of environment variables: NAME=value lines, as .env files have them.

use std::path::PathBuf;

use crate::errors::CliError;

/// The variables of some files that the environment does not have. Where two files have one, the first counts.
pub fn read(files: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for file in files {
        let cannot = |error: dotenvy::Error| {
            let message = format!("cannot read {}: {error}", file.display());
            CliError::new(message, "a file of variables has a NAME=value on each line; # begins a comment")
        };
        for variable in dotenvy::from_path_iter(file).map_err(cannot)? {
            let (name, value) = variable.map_err(cannot)?;
            let is_known = variables.iter().any(|(known, _)| *known == name);
            if !is_known && std::env::var_os(&name).is_none() {
                variables.push((name, value));
            }
        }
    }
    Ok(variables)
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
        assert!(wrong.contains("wrong") && wrong.contains("not a variable"), "{wrong}");
        assert!(read(&[folder.path().join("gone")]).is_err());
    }
}

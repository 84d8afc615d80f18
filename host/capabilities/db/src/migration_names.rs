//! The files of a folder of migrations, by their names: what sqlx would refuse, and what it would leave out silently.

use std::collections::BTreeMap;
use std::path::Path;

/// What is wrong with a folder, and what to do.
pub(crate) type Wrong = (String, String);

/// Checks a folder of migrations. `shown` is what flux.toml calls it.
pub(crate) fn check(folder: &Path, shown: &Path) -> Vec<Wrong> {
    let shown = shown.display();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten(),
        Err(error) if folder.exists() => {
            let hint = "name a folder of files such as 0001_tables.sql, which this user can read";
            return vec![(format!("cannot read the folder {shown}: {error}"), hint.to_owned())];
        }
        Err(_) => {
            let hint = format!("make it with a first file {shown}/0001_tables.sql");
            return vec![(format!("there is no folder {shown}"), hint)];
        }
    };
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    let (mut wrong, mut versions) = (Vec::new(), BTreeMap::new());
    for name in names.iter().filter(|name| name.to_ascii_lowercase().ends_with(".sql")) {
        match version(name) {
            None => wrong.push((
                format!("{shown}/{name} is not called like a migration"),
                "call it NUMBER_name.sql, such as 0001_tables.sql: the migrations run in the order of their numbers"
                    .to_owned(),
            )),
            // The way back of a migration that has one is never run.
            Some(_) if name.ends_with(".down.sql") => {}
            Some(version) => {
                if let Some(first) = versions.insert(version, name) {
                    let message = format!("{shown}/{first} and {shown}/{name} have the same number");
                    wrong.push((message, "give one of them the next free number".to_owned()));
                }
            }
        }
    }
    wrong.extend(names.iter().filter_map(|name| unreadable(&folder.join(name), name, &shown.to_string())));
    wrong
}

/// The number that a name begins with.
fn version(name: &str) -> Option<i64> {
    let (version, rest) = name.split_once('_')?;
    version.parse().ok().filter(|version| *version > 0 && rest.len() > ".sql".len() && rest.ends_with(".sql"))
}

fn unreadable(file: &Path, name: &str, folder: &str) -> Option<Wrong> {
    version(name)?;
    let error = std::fs::read_to_string(file).err()?;
    Some((
        format!("cannot read {folder}/{name}: {error}"),
        "save it as UTF-8, readable for this user".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_of_sql_is_a_migration_with_a_number_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let found = || {
            let found = check(folder.path(), Path::new("m")).into_iter();
            found.map(|(message, _)| message).collect::<Vec<_>>()
        };
        for name in ["0001_tables.sql", "2_more.up.sql", "2_more.down.sql", "README.md", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("3_folder.sql")).unwrap();
        assert_eq!(found(), [""; 0]);
        for name in ["tables.sql", "0004-users.sql", "first_users.sql", "0_zero.sql", "01_again.sql"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::write(folder.path().join("5_latin.sql"), [0xe9]).unwrap();
        let expect = [
            "m/0004-users.sql is not called like a migration",
            "m/0001_tables.sql and m/01_again.sql have the same number",
            "m/0_zero.sql is not called like a migration",
            "m/first_users.sql is not called like a migration",
            "m/tables.sql is not called like a migration",
            "cannot read m/5_latin.sql: stream did not contain valid UTF-8",
        ];
        assert_eq!(found(), expect);
        assert_eq!(check(Path::new("/nowhere/m"), Path::new("m"))[0].0, "there is no folder m");
    }
}

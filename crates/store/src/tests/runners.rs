//! The machines of runners.

use super::*;
use crate::runners::{self, MOST_MACHINES, NewRunner, Said};

fn said(system_id: &str) -> Said {
    Said { system_id: system_id.into(), features: "{}".into(), ..Said::default() }
}

#[test]
fn of_a_runners_machines_only_those_heard_of_last_are_remembered() {
    on_both("machines", |store| {
        let add = |hash: &'static [u8]| {
            let new = move |tx: &mut Tx<'_>| {
                let new = NewRunner {
                    runner_type: "instance_type",
                    group_id: None,
                    project_id: None,
                    token_hash: hash.to_vec(),
                    description: "",
                    tags: &[],
                    run_untagged: true,
                    paused: false,
                    locked: false,
                    maximum_timeout: None,
                    ref_protected: false,
                    maintenance_note: None,
                    created_by: None,
                };
                Ok(runners::insert(tx, &new, NOW)?)
            };
            store.housekeeping_blocking(new).unwrap()
        };
        let (many, other) = (add(b"many"), add(b"other"));
        let fill = move |tx: &mut Tx<'_>| {
            runners::touch(tx, other, &said("s_other"), NOW.plus_ms(-1))?;
            for n in 0..MOST_MACHINES {
                runners::touch(tx, many, &said(&format!("s_{n}")), NOW)?;
            }
            // The first is heard of again, so that the second is the longest silent.
            runners::touch(tx, many, &said("s_0"), NOW.plus_ms(1))?;
            Ok(runners::touch(tx, many, &said("s_new"), NOW.plus_ms(2))?)
        };
        store.housekeeping_blocking(fill).unwrap();
        let left = store.read_blocking(|tx| {
            tx.query("SELECT system_id FROM runner_managers ORDER BY id", &[], |row| row.get::<String>(0))
        });
        let left = left.unwrap();
        assert_eq!(left.len(), 1 + usize::try_from(MOST_MACHINES).unwrap());
        for name in ["s_other", "s_0", "s_new"] {
            assert!(left.iter().any(|l| l == name), "{name}");
        }
        assert!(!left.iter().any(|l| l == "s_1"));
    });
}

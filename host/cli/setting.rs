//! How a setting that the library names in a hint is written: as a flag.

use forebay::hint::Setting;
use forebay::quote::shell;

/// What to type.
pub fn setting(setting: &Setting) -> String {
    let flag = match setting {
        Setting::Memory => "--max-memory SIZE",
        Setting::TableElements => "--max-table-elements N",
        Setting::HostMemory => "--max-host-memory SIZE",
        Setting::Handles => "--max-handles N",
        Setting::Fuel => "--fuel N",
        Setting::Stack => "--max-stack SIZE",
        Setting::Timeout => "--timeout DURATION",
        Setting::CompileTimeout => "--compile-timeout DURATION",
        Setting::CompileMemory => "--compile-memory SIZE",
        Setting::CodeLimit(limit, None) => return format!("--code-limit {limit}=N"),
        Setting::CodeLimit(limit, Some(value)) => return format!("--code-limit {limit}={value}"),
        Setting::Precompiled => "--allow-precompiled",
        Setting::OfficialAdapter => "--adapter official",
        Setting::StrictImports => "--strict-imports",
        Setting::Wit => "--wit",
        Setting::Types(None) => "forebay adapt --wit FILE.wit",
        Setting::World => "--world",
        Setting::Types(Some(program)) => {
            return format!("forebay adapt {} --wit FILE.wit -o typed.wasm", shell(program));
        }
        Setting::Listen => "--listen",
        Setting::Dial => "--dial",
        Setting::Net(None) => "--net RULE",
        Setting::Net(Some(rule)) => return format!("--net {}", shell(rule)),
        Setting::Directory => "--dir",
        Setting::Authority => "--tls-ca FILE",
        Setting::Guest(None) => "--with FILE",
        Setting::Guest(Some(import)) => {
            return format!("--with {}", shell(&format!("{import}=FILE")));
        }
        Setting::SandboxAuto => "--sandbox auto",
    };
    flag.to_owned()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Args;

    /// Every setting, with something of others in it.
    fn all() -> Vec<Setting> {
        vec![
            Setting::Memory,
            Setting::TableElements,
            Setting::HostMemory,
            Setting::Handles,
            Setting::Fuel,
            Setting::Stack,
            Setting::Timeout,
            Setting::CompileTimeout,
            Setting::CompileMemory,
            Setting::CodeLimit("loops".into(), Some(9)),
            Setting::CodeLimit("size".into(), None),
            Setting::Precompiled,
            Setting::OfficialAdapter,
            Setting::StrictImports,
            Setting::Wit,
            Setting::World,
            Setting::Types(None),
            Setting::Types(Some("a;b.wasm".into())),
            Setting::Listen,
            Setting::Dial,
            Setting::Net(None),
            Setting::Net(Some("tcp://x;id:1".into())),
            Setting::Directory,
            Setting::Authority,
            Setting::Guest(None),
            Setting::Guest(Some("a:b/c;id".into())),
            Setting::SandboxAuto,
        ]
    }

    #[test]
    fn every_setting_is_a_flag_that_there_is() {
        let command = Args::command();
        let flags: Vec<String> = command
            .get_subcommands()
            .flat_map(|command| command.get_arguments())
            .filter_map(|argument| argument.get_long().map(|long| format!("--{long}")))
            .collect();

        for written in all().iter().map(setting) {
            let flag = written.split(' ').find(|word| word.starts_with("--")).unwrap();
            assert!(flags.iter().any(|known| known == flag), "{written}");
        }
    }

    #[test]
    fn what_others_chose_is_one_word_of_a_shell() {
        for written in all().iter().map(setting).filter(|written| written.contains(';')) {
            assert_eq!(written.matches('\'').count(), 2, "{written}");
        }
    }
}

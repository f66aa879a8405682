//! Between nodes and the value types of WASI 0.2 and 0.3, which have the same names.

/// Conversions that read the same for the value types of both generations.
macro_rules! conversions {
    ($seconds:ty) => {
        impl node::Follows for PathFlags {
            fn follows(&self) -> bool {
                self.contains(PathFlags::SYMLINK_FOLLOW)
            }
        }

        impl node::NewTime for NewTimestamp {
            fn time(&self) -> Option<SystemTime> {
                match self {
                    NewTimestamp::NoChange => None,
                    NewTimestamp::Now => Some(SystemTime::now()),
                    NewTimestamp::Timestamp(time) => {
                        let seconds = u64::try_from(time.seconds).unwrap_or(0);
                        let since = Duration::new(seconds, time.nanoseconds % 1_000_000_000);
                        SystemTime::UNIX_EPOCH.checked_add(since)
                    }
                }
            }
        }

        fn kind(kind: Kind) -> DescriptorType {
            match kind {
                Kind::File => DescriptorType::RegularFile,
                Kind::Directory => DescriptorType::Directory,
                Kind::Link => DescriptorType::SymbolicLink,
                Kind::Device => DescriptorType::CharacterDevice,
            }
        }

        fn stat(stat: Stat) -> DescriptorStat {
            let [read, changed, status] = stat.times.map(|time| {
                let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                let seconds = <$seconds>::try_from(since.as_secs()).unwrap_or(<$seconds>::MAX);
                Some(Instant { seconds, nanoseconds: since.subsec_nanos() })
            });
            DescriptorStat {
                type_: kind(stat.kind),
                link_count: stat.links,
                size: stat.size,
                data_access_timestamp: read,
                data_modification_timestamp: changed,
                status_change_timestamp: status,
            }
        }

        /// Flags that are told as they were asked for.
        const TOLD: [DescriptorFlags; 4] = [
            DescriptorFlags::FILE_INTEGRITY_SYNC,
            DescriptorFlags::DATA_INTEGRITY_SYNC,
            DescriptorFlags::REQUESTED_WRITE_SYNC,
            DescriptorFlags::MUTATE_DIRECTORY,
        ];

        pub(super) fn opening(
            follow: PathFlags,
            open: OpenFlags,
            mode: DescriptorFlags,
        ) -> Opening {
            let told = TOLD.iter().enumerate();
            Opening {
                create: open.contains(OpenFlags::CREATE),
                directory: open.contains(OpenFlags::DIRECTORY),
                exclusive: open.contains(OpenFlags::EXCLUSIVE),
                truncate: open.contains(OpenFlags::TRUNCATE),
                read: mode.contains(DescriptorFlags::READ),
                write: mode.contains(DescriptorFlags::WRITE),
                follow: node::Follows::follows(&follow),
                flags: told.map(|(bit, flag)| u8::from(mode.contains(*flag)) << bit).sum(),
            }
        }

        fn flags(open: &Open) -> DescriptorFlags {
            let access = open.access();
            let mut flags = DescriptorFlags::empty();
            if access.read {
                flags |= DescriptorFlags::READ;
            }
            if access.write {
                flags |= DescriptorFlags::WRITE;
            }
            for (bit, flag) in TOLD.into_iter().enumerate() {
                if open.flags() >> bit & 1 == 1 {
                    flags |= flag;
                }
            }
            flags
        }

        /// wasmtime-wasi's own conversion makes `io` of some of them.
        pub(super) fn code(error: io::Error) -> ErrorCode {
            match error.raw_os_error().map(Errno::from_raw_os_error) {
                Some(Errno::XDEV) => ErrorCode::CrossDevice,
                Some(Errno::ROFS) => ErrorCode::ReadOnly,
                Some(Errno::NOTSUP) => ErrorCode::Unsupported,
                _ => error.into(),
            }
        }
    };
}

pub(super) use conversions;

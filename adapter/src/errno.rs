//! Preview-1 error numbers, and what the error codes of WASI 0.2 become.

/// An errno other than success.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub u16);

/// What the body of every preview-1 function returns.
pub type Result<T = ()> = core::result::Result<T, Errno>;

macro_rules! errnos {
    ($($name:ident = $value:literal,)*) => {
        #[allow(missing_docs, dead_code)]
        impl Errno { $(pub const $name: Errno = Errno($value);)* }
    };
}

errnos! {
    ACCES = 2, ADDRINUSE = 3, ADDRNOTAVAIL = 4, AFNOSUPPORT = 5, AGAIN = 6, ALREADY = 7, BADF = 8, BUSY = 10,
    CANCELED = 11, CONNABORTED = 13, CONNREFUSED = 14, CONNRESET = 15, DEADLK = 16, DESTADDRREQ = 17, DQUOT = 19,
    EXIST = 20, FAULT = 21, FBIG = 22, HOSTUNREACH = 23, ILSEQ = 25, INPROGRESS = 26, INTR = 27, INVAL = 28, IO = 29,
    ISCONN = 30, ISDIR = 31, LOOP = 32, MFILE = 33, MLINK = 34, MSGSIZE = 35, NAMETOOLONG = 37, NFILE = 41,
    NODEV = 43, NOENT = 44, NOLCK = 46, NOMEM = 48, NOPROTOOPT = 50, NOSPC = 51, NOSYS = 52, NOTCONN = 53,
    NOTDIR = 54, NOTEMPTY = 55, NOTRECOVERABLE = 56, NOTSOCK = 57, NOTSUP = 58, NOTTY = 59, NXIO = 60, OVERFLOW = 61,
    PERM = 63, PIPE = 64, PROTONOSUPPORT = 66, RANGE = 68, ROFS = 69, SPIPE = 70, TIMEDOUT = 73, TXTBSY = 74,
    XDEV = 75, AIFAMILY = 81, AIMEMORY = 82, AINODATA = 83, AINONAME = 84, AISERVICE = 85,
}

/// What an export returns.
pub fn code(result: Result) -> u32 {
    match result {
        Ok(()) => 0,
        Err(errno) => errno.0 as u32,
    }
}

/// `wasi:filesystem/types.error-code`, in the order of the enum.
///
/// The numbers are packed into words because an array would need a data section.
pub fn filesystem(code: u8) -> Errno {
    const CODES: [Errno; 37] = [
        Errno::ACCES,
        Errno::AGAIN,
        Errno::ALREADY,
        Errno::BADF,
        Errno::BUSY,
        Errno::DEADLK,
        Errno::DQUOT,
        Errno::EXIST,
        Errno::FBIG,
        Errno::ILSEQ,
        Errno::INPROGRESS,
        Errno::INTR,
        Errno::INVAL,
        Errno::IO,
        Errno::ISDIR,
        Errno::LOOP,
        Errno::MLINK,
        Errno::MSGSIZE,
        Errno::NAMETOOLONG,
        Errno::NODEV,
        Errno::NOENT,
        Errno::NOLCK,
        Errno::NOMEM,
        Errno::NOSPC,
        Errno::NOTDIR,
        Errno::NOTEMPTY,
        Errno::NOTRECOVERABLE,
        Errno::NOTSUP,
        Errno::NOTTY,
        Errno::NXIO,
        Errno::OVERFLOW,
        Errno::PERM,
        Errno::PIPE,
        Errno::ROFS,
        Errno::SPIPE,
        Errno::TXTBSY,
        Errno::XDEV,
    ];
    const WORDS: [u64; 5] = pack(&CODES);
    unpack(WORDS[0], WORDS[1], WORDS[2], WORDS[3], WORDS[4], code)
}

/// `wasi:sockets/network.error-code`, in the order of the enum.
pub fn network(code: u8) -> Errno {
    const CODES: [Errno; 21] = [
        Errno::IO,
        Errno::ACCES,
        Errno::NOTSUP,
        Errno::INVAL,
        Errno::NOMEM,
        Errno::TIMEDOUT,
        Errno::ALREADY,
        Errno::INVAL,
        Errno::AGAIN,
        Errno::INVAL,
        Errno::MFILE,
        Errno::ADDRNOTAVAIL,
        Errno::ADDRINUSE,
        Errno::HOSTUNREACH,
        Errno::CONNREFUSED,
        Errno::CONNRESET,
        Errno::CONNABORTED,
        Errno::MSGSIZE,
        Errno::AINONAME,
        Errno::AGAIN,
        Errno::AINODATA,
    ];
    const WORDS: [u64; 5] = pack(&CODES);
    unpack(WORDS[0], WORDS[1], WORDS[2], WORDS[3], WORDS[4], code)
}

/// Eight error numbers to a word; all that these tables use are below 256.
const fn pack(codes: &[Errno]) -> [u64; 5] {
    let mut words = [0; 5];
    let mut index = 0;
    while index < codes.len() {
        words[index / 8] |= (codes[index].0 as u64) << (index % 8 * 8);
        index += 1;
    }
    words
}

#[inline(never)]
fn unpack(a: u64, b: u64, c: u64, d: u64, e: u64, code: u8) -> Errno {
    let word = match code / 8 {
        0 => a,
        1 => b,
        2 => c,
        3 => d,
        _ => e,
    };
    match (word >> (code % 8 * 8)) as u8 {
        // A code that a later WASI added.
        0 => Errno::IO,
        errno => Errno(errno as u16),
    }
}

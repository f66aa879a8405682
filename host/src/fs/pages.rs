//! The contents of a file in memory: pages of 64 KiB, of which those that were never written take
//! nothing, and which are handed out without a copy.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use rustix::io::Errno;

use crate::account::Charge;
use crate::fs::node::fail;

const PAGE: u64 = 1 << 16;
/// The largest file, as on ext4.
const LARGEST: u64 = 16 << 40;
/// What a page costs besides its bytes.
const ENTRY: usize = 96;

/// A file's bytes.
#[derive(Default)]
pub(super) struct Pages {
    pages: BTreeMap<u64, Arc<Vec<u8>>>,
    size: u64,
}

/// Bytes of a page, held as long as they are looked at.
struct Slice(Arc<Vec<u8>>, Range<usize>);

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        &self.0[self.1.clone()]
    }
}

impl Pages {
    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// At most `len` bytes at `offset`. What is there is never read short.
    pub fn read(&self, len: usize, offset: u64) -> Bytes {
        let len = (len.min(PAGE as usize) as u64).min(self.size.saturating_sub(offset)) as usize;
        if len == 0 {
            return Bytes::new();
        }
        let start = (offset % PAGE) as usize;
        if let Some(page) = self.pages.get(&(offset / PAGE))
            && start + len <= page.len()
        {
            return Bytes::from_owner(Slice(page.clone(), start..start + len));
        }

        // Across pages, or where nothing was written.
        let mut bytes = vec![0; len];
        let mut done = 0;
        while done < len {
            let (index, start) = place(offset + done as u64);
            let count = (PAGE as usize - start).min(len - done);
            if let Some(written) = self.pages.get(&index).and_then(|page| page.get(start..)) {
                let some = count.min(written.len());
                bytes[done..done + some].copy_from_slice(&written[..some]);
            }
            done += count;
        }
        bytes.into()
    }

    /// Writes at `offset`, or at the end; what it takes is charged before it's taken.
    ///
    /// # Errors
    /// `EFBIG` for what no file can hold, `ENOSPC` when not even the first byte can be charged.
    pub fn write(
        &mut self,
        bytes: &[u8],
        offset: Option<u64>,
        charge: &mut Charge,
    ) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let offset = offset.unwrap_or(self.size);
        let room = LARGEST.saturating_sub(offset);
        if room == 0 {
            return fail(Errno::FBIG);
        }
        let bytes = &bytes[..bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX))];

        let mut done = 0;
        while done < bytes.len() {
            let (index, start) = place(offset + done as u64);
            let count = (PAGE as usize - start).min(bytes.len() - done);
            let Some(page) = self.page(index, start + count, charge) else { break };

            let page = Arc::make_mut(page);
            let end = page.len();
            if end < start {
                page.resize(start, 0);
            }
            let over = count.min(page.len() - start);
            page[start..start + over].copy_from_slice(&bytes[done..done + over]);
            page.extend_from_slice(&bytes[done + over..done + count]);
            done += count;
            self.size = self.size.max(offset + done as u64);
        }
        if done == 0 { fail(Errno::NOSPC) } else { Ok(done) }
    }

    /// A page with room up to `end`; `None` if that can't be charged.
    fn page(&mut self, index: u64, end: usize, charge: &mut Charge) -> Option<&mut Arc<Vec<u8>>> {
        let there = self.pages.get(&index).map(|page| page.capacity());
        let room = there.unwrap_or(0);
        if end > room {
            let roomy = end.next_power_of_two().clamp(64, PAGE as usize);
            let entry = if there.is_none() { ENTRY } else { 0 };
            charge.grow(roomy - room + entry).ok()?;
            let page = Arc::make_mut(self.pages.entry(index).or_default());
            page.reserve_exact(roomy - page.len());
        }
        self.pages.get_mut(&index)
    }

    /// Cuts it, or adds zeros, which take nothing.
    ///
    /// # Errors
    /// `EFBIG` for what no file can hold.
    pub fn resize(&mut self, size: u64, charge: &mut Charge) -> io::Result<()> {
        if size > LARGEST {
            return fail(Errno::FBIG);
        }
        let mut gone: usize = 0;
        for page in self.pages.split_off(&size.div_ceil(PAGE)).values() {
            gone += page.capacity() + ENTRY;
        }
        let (index, end) = place(size);
        if let Some(page) = self.pages.get_mut(&index).filter(|page| page.len() > end) {
            // What comes back when it grows again is zeros.
            Arc::make_mut(page).truncate(end);
        }
        let held = usize::try_from(charge.bytes()).unwrap_or(usize::MAX);
        charge.shrink_to(held.saturating_sub(gone));
        self.size = size;
        Ok(())
    }
}

/// The page of an offset, and the place in it.
fn place(offset: u64) -> (u64, usize) {
    (offset / PAGE, (offset % PAGE) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;

    #[test]
    fn holes_take_nothing_and_read_as_zeros() {
        let account = Account::new(1 << 20);
        let (mut pages, mut charge) = (Pages::default(), account.open());
        pages.write(b"end", Some(1 << 40), &mut charge).unwrap();
        assert_eq!(pages.size(), (1 << 40) + 3);
        assert!(account.used() < 1000, "{}", account.used());
        assert_eq!(&pages.read(10, (1 << 40) - 4)[..], b"\0\0\0\0end");
        assert_eq!(&pages.read(4, 5)[..], [0; 4]);

        pages.resize(1 << 40, &mut charge).unwrap();
        assert_eq!((account.used(), pages.read(9, 1 << 40).len()), (0, 0));
        let over = pages.write(b"x", Some(1 << 60), &mut charge).unwrap_err();
        assert_eq!(over.raw_os_error(), Some(Errno::FBIG.raw_os_error()));
        assert!(pages.resize(1 << 60, &mut charge).is_err() && pages.size() == 1 << 40);
    }

    #[test]
    fn what_was_cut_off_is_zeros_when_it_grows_again() {
        let account = Account::new(1 << 20);
        let (mut pages, mut charge) = (Pages::default(), account.open());
        pages.write(&[7; 70_000], None, &mut charge).unwrap();
        pages.resize(3, &mut charge).unwrap();
        pages.resize(70_000, &mut charge).unwrap();
        let read = [pages.read(1 << 16, 0), pages.read(1 << 16, 1 << 16)].concat();
        assert_eq!(read.len(), 70_000);
        assert!(read.starts_with(&[7, 7, 7, 0]) && read[3..].iter().all(|byte| *byte == 0));
        pages.resize(0, &mut charge).unwrap();
        pages.resize(10, &mut charge).unwrap();
        assert_eq!(&pages.read(20, 0)[..], [0; 10]);
    }

    #[test]
    fn what_is_over_the_budget_isnt_written_and_what_fits_is() {
        let account = Account::new(70_000);
        let (mut pages, mut charge) = (Pages::default(), account.open());
        assert_eq!(pages.write(&[1; 200_000], None, &mut charge).unwrap(), 1 << 16);
        let full = pages.write(&[1; 200_000], None, &mut charge).unwrap_err();
        assert_eq!(full.raw_os_error(), Some(Errno::NOSPC.raw_os_error()));
        assert_eq!(pages.size(), 1 << 16);
        drop((pages, charge));
        assert_eq!(account.used(), 0);
    }

    #[test]
    fn bytes_that_were_handed_out_stay_what_they_were() {
        let account = Account::new(1 << 20);
        let (mut pages, mut charge) = (Pages::default(), account.open());
        pages.write(b"before", None, &mut charge).unwrap();
        let read = pages.read(6, 0);
        pages.write(b"after!", Some(0), &mut charge).unwrap();
        assert_eq!((&read[..], &pages.read(6, 0)[..]), (&b"before"[..], &b"after!"[..]));
    }
}

//! `fd_readdir`.
//!
//! A cookie is the number of the entry after it: 0 is `.`, 1 is `..`, the host's entries follow.
//! The host's stream stays open between calls, and the entry that didn't fit waits in a block, so
//! that a program that goes on where it stopped (all do) sees every name once, also while the
//! directory changes. Any other cookie starts the stream again.

use crate::abi::{Dirent, filetype};
use crate::arena;
use crate::errno::{self, Errno, Result, code};
use crate::file::{filetype, settled};
use crate::filestat::inode;
use crate::guest;
use crate::layout::BLOCK_SIZE;
use crate::table::{Entry, Kind};
use crate::wasi::filesystem as fs;
use core::mem::MaybeUninit;

/// A directory entry with its name, wherever that lies.
#[derive(Clone, Copy)]
#[repr(C)]
struct Found {
    kind: u8,
    name: *const u8,
    len: usize,
}

#[unsafe(no_mangle)]
extern "C" fn fd_readdir(fd: u32, buf: u32, buf_len: u32, cookie: u64, used: u32) -> u32 {
    code((|| {
        let entry = settled(fd)?;
        match entry.kind.get() {
            Kind::Directory => {}
            _ => return Err(Errno::BADF),
        }
        let start = guest::bytes(buf, buf_len);
        guest::write(used, list(entry, start, buf_len as usize, cookie)?);
        Ok(())
    })())
}

fn list(dir: &Entry, buf: *mut u8, room: usize, mut cookie: u64) -> Result<u32> {
    // A list from its start is a new one, also if the last one ended there.
    if cookie < 2 {
        restart(dir);
    }
    let handle = dir.handle.get();
    let mut done = 0;
    while cookie < 2 && done < room {
        let ino = inode(|hash| unsafe { fs::metadata_hash(handle, hash) })?;
        let dots = *b"..";
        let name =
            Found { kind: filetype::DIRECTORY, name: dots.as_ptr(), len: cookie as usize + 1 };
        cookie += 1;
        done += put(buf, room, done, cookie, ino, name);
    }
    if done == room {
        return Ok(done as u32);
    }
    seek(dir, cookie)?;
    while done < room {
        let Some(found) = next(dir)? else { break };
        // A file that went away since the host listed it has no number, but it has been listed.
        let ino =
            inode(|hash| unsafe { fs::metadata_hash_at(handle, 0, found.name, found.len, hash) })
                .unwrap_or(0);
        let size = put(buf, room, done, dir.position.get() + 1, ino, found);
        if size_of::<Dirent>() + found.len > room - done {
            postpone(dir, found);
            done += size;
            break;
        }
        dir.position.set(dir.position.get() + 1);
        done += size;
    }
    Ok(done as u32)
}

/// Makes `next` give the entry that `cookie` asks for.
fn seek(dir: &Entry, cookie: u64) -> Result {
    if dir.input.get() == 0 || dir.position.get() != cookie {
        restart(dir);
        let mut result = MaybeUninit::<fs::Handle>::uninit();
        unsafe { fs::read_directory(dir.handle.get(), result.as_mut_ptr()) }
        let result = unsafe { result.assume_init_ref() };
        if result.failed != 0 {
            return Err(errno::filesystem(result.value as u8));
        }
        dir.input.set(result.value);
        dir.position.set(2);
        while dir.position.get() < cookie && next(dir)?.is_some() {
            dir.position.set(dir.position.get() + 1);
        }
    }
    Ok(())
}

/// Forgets what is known of the host's list.
fn restart(dir: &Entry) {
    if dir.input.get() != 0 {
        unsafe { fs::drop_directory_entries(dir.input.get()) }
        dir.input.set(0);
    }
    arena::free_block(dir.block.get());
    dir.block.set(0);
}

fn next(dir: &Entry) -> Result<Option<Found>> {
    let block = dir.block.get();
    if block != 0 {
        let found = unsafe { (block as *const Found).read() };
        // The bytes stay until the next block is taken, which isn't before this entry has been
        // copied or put back.
        arena::free_block(block);
        dir.block.set(0);
        return Ok(Some(found));
    }
    let mut result = MaybeUninit::<fs::DirectoryEntry>::uninit();
    arena::open();
    unsafe { fs::read_directory_entry(dir.input.get(), result.as_mut_ptr()) }
    let result = unsafe { result.assume_init_ref() };
    match (result.failed, result.some as u8) {
        (0, 0) => Ok(None),
        (0, _) => Ok(Some(Found {
            kind: filetype(result.kind as u8),
            name: result.name as *const u8,
            len: result.name_len as usize,
        })),
        (_, error) => Err(errno::filesystem(error)),
    }
}

/// Keeps an entry for the next call; without a free block the stream is started again then.
fn postpone(dir: &Entry, found: Found) {
    let head = size_of::<Found>();
    match arena::take_block() {
        Some(block) if found.len <= BLOCK_SIZE - head => unsafe {
            let name = (block as usize + head) as *mut u8;
            core::ptr::copy(found.name, name, found.len);
            (block as *mut Found).write(Found { name, ..found });
            dir.block.set(block);
        },
        other => {
            arena::free_block(other.unwrap_or(0));
            unsafe { fs::drop_directory_entries(dir.input.get()) }
            dir.input.set(0);
        }
    }
}

/// Writes an entry at `done`, cut at the end of the buffer; says how many bytes that were.
fn put(buf: *mut u8, room: usize, done: usize, next: u64, ino: u64, found: Found) -> usize {
    let head = Dirent { next, ino, namlen: found.len as u32, filetype: found.kind };
    let head_len = size_of::<Dirent>().min(room - done);
    let name_len = found.len.min(room - done - head_len);
    unsafe {
        core::ptr::copy_nonoverlapping((&raw const head).cast(), buf.wrapping_add(done), head_len);
        core::ptr::copy(found.name, buf.wrapping_add(done + head_len), name_len);
    }
    head_len + name_len
}

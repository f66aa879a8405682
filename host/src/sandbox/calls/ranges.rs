//! The calls that are allowed whatever their arguments, found by halving ranges of their numbers.
//!
//! The kernel tries a new filter with each number there is, so one that compares with each listed
//! call in turn took longer than all the rest of a start.

use seccompiler::{BpfProgram, sock_filter};

/// The most instructions that the kernel takes.
const BPF_MAX_LEN: usize = 4096;

/// Instructions of the kernel's packet filters (`linux/bpf_common.h`, `linux/seccomp.h`).
const LOAD: u16 = 0x20;
const JUMP: u16 = 0x05;
const AT_LEAST: u16 = 0x35;
const ABOVE: u16 = 0x25;
const RETURN: u16 = 0x06;
/// Where `seccomp_data` has the call's number, and what lets it through.
const NUMBER: u32 = 0;
const ALLOW: u32 = 0x7fff_0000;

/// How many instructions a program of seccompiler has at its start that end a process of another
/// architecture, whose numbers mean other calls.
const ARCHITECTURE: usize = 3;

/// A program that allows the calls of `free`, and decides of the others as `rest` does. `None` if
/// they are too many.
pub(super) fn allow_first(free: &[i64], rest: &BpfProgram) -> Option<BpfProgram> {
    let (architecture, rest) = rest.split_at_checked(ARCHITECTURE)?;
    let mut search = halve(&ranges(free)?)?;
    // What isn't in any range goes on behind the search.
    let end = search.len();
    for (index, instruction) in search.iter_mut().enumerate() {
        if instruction.code == JUMP && instruction.k == 0 {
            instruction.k = u32::try_from(end - index - 1).ok()?;
        }
    }

    let mut program = architecture.to_vec();
    program.push(sock_filter { code: LOAD, jt: 0, jf: 0, k: NUMBER });
    program.extend(search);
    program.extend_from_slice(rest);
    (program.len() <= BPF_MAX_LEN).then_some(program)
}

/// The numbers as ranges, first and last, in order.
fn ranges(calls: &[i64]) -> Option<Vec<(u32, u32)>> {
    let mut numbers: Vec<u32> =
        calls.iter().map(|call| u32::try_from(*call).ok()).collect::<Option<_>>()?;
    numbers.sort_unstable();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if number <= *last + 1 => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    Some(ranges)
}

/// The search. Its jumps to the end have the distance 0 yet.
fn halve(ranges: &[(u32, u32)]) -> Option<Vec<sock_filter>> {
    let instruction = |code, k, jt, jf| sock_filter { code, jt, jf, k };
    if let &[(first, last)] = ranges {
        return Some(vec![
            instruction(AT_LEAST, first, 0, 2),
            instruction(ABOVE, last, 1, 0),
            instruction(RETURN, ALLOW, 0, 0),
            instruction(JUMP, 0, 0, 0),
        ]);
    }

    let (low, high) = ranges.split_at(ranges.len() / 2);
    let (first, _) = high.first()?;
    let (low, high) = (halve(low)?, halve(high)?);
    // A conditional jump leads over 255 instructions at most.
    let over = u32::try_from(low.len()).ok()?;
    let choice = vec![instruction(AT_LEAST, *first, 0, 1), instruction(JUMP, over, 0, 0)];
    Some([choice, low, high].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program says of a call.
    fn decide(program: &[sock_filter], number: u32) -> u32 {
        let mut at = 0;
        loop {
            let instruction = &program[at];
            at += 1;
            let jump = |holds| usize::from(if holds { instruction.jt } else { instruction.jf });
            at += match instruction.code {
                LOAD => 0,
                JUMP => instruction.k as usize,
                AT_LEAST => jump(number >= instruction.k),
                ABOVE => jump(number > instruction.k),
                RETURN => return instruction.k,
                _ => panic!("an unknown instruction: {instruction:?}"),
            };
        }
    }

    #[test]
    fn what_is_listed_is_allowed_and_all_else_is_left_to_the_rest() {
        let refuse = sock_filter { code: RETURN, jt: 0, jf: 0, k: 7 };
        let skip = sock_filter { code: LOAD, jt: 0, jf: 0, k: 4 };
        let rest = vec![skip.clone(), skip.clone(), skip, refuse];
        let many: Vec<i64> = (0..120).map(|index| index * 3 + i64::from(index % 5 == 0)).collect();
        for free in [&[0][..], &[5], &[9, 8, 7, 1, 3, 300], &many] {
            let program = allow_first(free, &rest).unwrap();
            for number in (0..500).chain([0x4000_0000, 0x4000_0005, u32::MAX]) {
                let expected = if free.contains(&i64::from(number)) { ALLOW } else { 7 };
                assert_eq!(decide(&program, number), expected, "{number} of {free:?}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert!(allow_first(&[], &vec![]).is_none());
        let many: Vec<i64> = (0..2000).map(|index| index * 2).collect();
        let rest = vec![sock_filter { code: RETURN, jt: 0, jf: 0, k: 7 }; 4];
        assert!(allow_first(&many, &rest).is_none());
        assert!(allow_first(&[-1], &rest).is_none());
    }
}

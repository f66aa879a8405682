# Where the guests' toolchains are, for `setup`, `build` and each language's `build` to source. It only looks; it installs nothing.

TOOLS=${FOREBAY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/forebay/tools}
COMPONENTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Ends a language's build: what is missing, and the command that installs it.
missing() {
  echo "$2: run \`components/setup $1\`" >&2
  exit 77
}

# Prints `rustup` if the compiler in use has the target, `debian` if Debian's compiler and library sources are there.
find_rust() {
  if [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
    echo rustup
  elif [ -x /usr/bin/rustc ] && [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] &&
    command -v wasm-ld-22 >/dev/null; then
    echo debian
  else
    return 1
  fi
}

# Makes `guests_cargo` the command that builds Rust guests; what it builds is in CARGO_TARGET_DIR. What the caller wants of the host's
# build is not meant for the guests'.
find_guests_cargo() {
  unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
  # SIMD is part of WebAssembly 2; every runtime that these are compared on has it.
  export RUSTFLAGS=-Ctarget-feature=+simd128
  export CARGO_TARGET_DIR=$TOOLS/rust-target
  case $(find_rust) in
    rustup) guests_cargo=(cargo build --quiet --locked --release --target wasm32-unknown-unknown) ;;
    debian)
      guests_cargo=(
        env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
        cargo build --quiet --locked --release -Zbuild-std=std,panic_abort --target wasm32-unknown-unknown
      )
      ;;
    *) return 1 ;;
  esac
}

# Prints a Go that can build reactors (1.24 or later).
find_go() {
  local go
  for go in "$(command -v go)" "$TOOLS/python/bin/go"; do
    [ -x "$go" ] || continue
    case $("$go" env GOVERSION) in
      go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-3]*) ;;
      *) echo "$go" && return ;;
    esac
  done
  return 1
}

# Prints the Zig that `setup` installs; without it, any. The language changes from version to version.
find_zig() {
  local zig
  for zig in "$TOOLS"/python/lib/python*/site-packages/ziglang/zig "$(command -v zig)"; do
    [ -x "$zig" ] && echo "$zig" && return
  done
  return 1
}

# Prints a clang that finds Debian's wasi-libc.
find_clang() {
  [ -f /usr/lib/wasm32-wasi/libc.a ] && command -v clang-22
}

# Prints a new folder that holds a world and, as its `deps`, the WASI 0.2 packages. For tools that read a folder.
lay_wit() {
  local wit
  wit=$(mktemp -d)
  mkdir "$wit/deps"
  cp "$1" "$wit"
  cp "$COMPONENTS"/../wit/deps/*@0.2.12.wit "$wit/deps"
  echo "$wit"
}

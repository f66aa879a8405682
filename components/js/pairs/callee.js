// A callee in JavaScript for `tests/compose`: what `components/rust/pairs` has in Rust.

class Thing {
  constructor(number) {
    this.number = number;
  }

  get() {
    return this.number;
  }
}

export const kinds = {
  Thing,
  scalar: (x) => x + 1,
  text: (x) => [...x].reverse().join(""),
  bytes: (x) => x.slice().reverse(),
  points: (points) => points.map(({ x, y }) => ({ x: y, y: x })),
  headers: (headers) =>
    headers.map(({ name, value }) => {
      if (name === "host") return { name, value: "upstream.example" };
      if (name === "connection") return { name, value: "keep-alive" };
      if (name === "x-forwarded-for") return { name, value: `${value}, 192.0.2.1` };
      return { name, value };
    }),
  swap: (thing) => new Thing(thing.get() * 2),
  look: (thing) => thing.get(),
  drain(input) {
    let text = "";
    try {
      for (;;) text += new TextDecoder().decode(input.blockingRead(65536n));
    } catch (error) {
      if (error.payload?.tag === "closed") return text;
      throw error;
    }
  },
  fail(why) {
    throw why;
  },
  trap() {
    throw new Error("it was asked to");
  },
};

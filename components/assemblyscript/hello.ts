// Greets its arguments, or the world: a preview-1 command in AssemblyScript, by way of its WASI shim.
const words = process.argv.slice(1);
if (words.length == 0) words.push("world");
for (let i = 0; i < words.length; i++) console.log("hello, " + words[i] + "!");

// Azurite ends as by SIGTERM, everything written down, when its starter closes stdin or dies.
// What it says on the way may then have no reader any more, which must not stop it.
for (const said of [process.stdout, process.stderr]) said.on("error", () => {});
process.stdin.on("close", () => process.emit("SIGTERM") || process.exit(1)).resume();

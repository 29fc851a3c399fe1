// Does the same work every five seconds, and prints the processor milliseconds that it took, until its parent has gone.
const rows = Array.from({ length: 20_000 }, (_, n) => ({
  id: `row-${(n * 7_919) % 20_000}`,
  at: n,
  words: `w${n}`.repeat(4),
}))
const text = JSON.stringify(rows)

function work() {
  const sorted = JSON.parse(text).sort((a, b) => (a.id < b.id ? -1 : 1))
  return new Map(sorted.map((row) => [row.id, row])).size
}

function measure() {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  console.log((user + system) / 1_000)
}

for (let warm = 0; warm < 10; warm++) work()
measure()
setInterval(measure, 5_000)
process.stdin.on('end', () => process.exit()).resume()

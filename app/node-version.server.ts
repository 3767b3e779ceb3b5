/**
 * Imported first by every process: an older Node fails later and with words that help nobody. Installed without
 * install scripts, npm's own Node 22 is missing and scripts silently run on the machine's.
 */
import process from 'node:process'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Reprise needs Node 22.18 or newer, and this is ${process.version}. Start it with an npm script ` +
      '(npm brings Node 22 along), or install Node 22 or 24.\n',
  )
  process.exit(1)
}

// A preload for processes that scripts/processes.mjs starts: when the one who started this process is gone, however
// it went, this one goes too. The channel between them closes then, whatever happened.
if (process.channel) {
  process.on('disconnect', () => process.exit(1))
  process.channel.unref()
}

# frozen_string_literal: true

# What every step of the program is made of: a line for it, and checks that say what was expected.

require_relative "pin"
require "gitlab"

LIBRARY = "ruby"
URL = ENV.fetch("COUNTERSIGN_URL")
COUNTS = { steps: 0, checks: 0 }

# The server gave another answer than the expected one.
class Wrong < StandardError; end

# A client of the person whose token it is.
def sign_in(token, url = URL, **more)
  Gitlab.client(endpoint: "#{url}/api/v4", private_token: token, **more)
end

# Prints a line for what the block does; the first thing wrong ends the program.
def step(name)
  print "#{LIBRARY.ljust(7)} #{name} ".ljust(56, "."), " "
  $stdout.flush
  yield
  COUNTS[:steps] += 1
  puts "ok"
rescue StandardError => e
  puts "FAILED"
  abort(e.is_a?(Wrong) ? e.message : e.full_message)
end

# Both values must be equal.
def same(what, got, expected)
  COUNTS[:checks] += 1
  raise Wrong, "#{what}: expected #{expected.inspect}, but got #{got.inspect}" unless got == expected
end

# The row must have these values; it may have more.
def shows(what, got, expected)
  same(what, expected.to_h { |name, _| [name, got.to_h.fetch(name.to_s, "(absent)")] }, expected)
end

# The block must fail with exactly this exception of the library, with these words in its message.
def refused(error, text)
  what = "#{error.name} with #{text.inspect}"
  result = yield
rescue Gitlab::Error::Error => e
  same(what, [e.class, e.message.include?(text) ? text : e.message], [error, text])
else
  raise Wrong, "#{what}: expected a refusal, but got #{result.inspect}"
end

# Prints how much was checked.
def total
  puts "#{LIBRARY.ljust(7)} #{COUNTS[:steps]} steps, #{COUNTS[:checks]} checks passed: gitlab #{Gitlab::VERSION}"
end

#!/usr/bin/env ruby
# Counts words, and says which letters follow which.

STOP = %i[the a an of to and in].freeze
WORD = /[[:alpha:]']+/x

class Counter
  def initialize(io = $stdin, top: 10)
    @io, @top = io, top
    @words = Hash.new { |h, k| h[k] = 0 }
    @pairs = Hash.new(0)
  end

  def run!
    while (line = @io.gets)
      next if line.start_with?('#')

      line.downcase.scan(WORD) do |word|
        next if STOP.include?(word.to_sym)

        @words[word] += 1
        word.each_char.each_cons(2) { |a, b| @pairs[a + b] += 1 }
      end
      redo if false
    end
    self
  end

  def best(of = @words)
    of.sort_by { |word, n| [-n, word] }.first(@top)
  end

  def to_s
    width = best.map { _1.first.size }.max || 0
    lines = best.map do |word, n|
      bar = '#' * (n > 40 ? 40 : n)
      "#{word.rjust(width)} #{'%5d' % n} #{bar}"
    end
    (lines << '' << best(@pairs).map { |pair, n| "#{pair}=#{n}" } * ' ').join("\n")
  end
end

def debug?(env = ENV) = env['DEBUG'] && env['DEBUG'] != '0'

BEGIN { $stdout.sync = true }

if __FILE__ == $0
  options = { top: 10 }
  ARGV.delete_if do |argument|
    case argument
    when /\A--top=(\d+)\z/ then options[:top] = Integer($1)
    when '--help', '-h'
      puts <<-USAGE.gsub(/^ {8}/, '')
        usage: words [--top=N] [FILE]
      USAGE
      exit 0
    else next false
    end
    true
  end
  source = ARGV.empty? ? $stdin : File.open(ARGV.shift, 'r:utf-8')
  begin
    puts Counter.new(source, **options).run!
  rescue Errno::EPIPE, Interrupt
    exit! 1
  ensure
    source.close unless source.equal?($stdin)
  end
  p(lambda { |x, y = 2, *z, k: 1, **o, &b| [x, y, z, k, o, b] }.parameters) if debug?
  puts [1, 2, 3].sum.fdiv(3).round(2), 0b11, 0o17, 0xff, 1r, 2i, :"quoted symbol", ?c, __method__.inspect
end
__END__
Anything may stand here.

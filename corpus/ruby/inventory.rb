# frozen_string_literal: true

require 'set'
require 'time'

# Keeps count of what lies on which shelf.
module Inventory
  class Shortage < StandardError
    attr_reader :item, :missing

    def initialize(item, missing)
      @item = item
      @missing = missing
      super("short of #{item}: #{missing} missing")
    end
  end

  Item = Struct.new(:sku, :name, :weight, keyword_init: true) do
    include Comparable

    def <=>(other) = sku <=> other.sku

    def to_s
      format('%-8s %s', sku, name)
    end
  end

  class Shelf
    include Enumerable

    LIMIT = 1_200.5
    @@made = 0

    class << self
      def made = @@made

      def build(name, **options, &block)
        new(name, **options).tap { |shelf| shelf.instance_eval(&block) if block }
      end
    end

    attr_accessor :name

    def initialize(name, limit: LIMIT)
      @name, @limit = name, limit
      @counts = Hash.new(0)
      @@made += 1
    end

    def each
      return to_enum(:each) { @counts.size } unless block_given?

      @counts.each_pair { |item, count| yield item, count }
    end

    def put(item, count = 1)
      raise ArgumentError, "count must be positive: #{count}" unless count.positive?

      load = sum { |i, n| i.weight * n }
      raise Shortage.new(:room, load - @limit) if load + item.weight * count > @limit

      @counts[item] += count
      self
    end
    alias << put

    def take(item, count = 1)
      have = @counts.fetch(item) { raise Shortage.new(item, count) }
      case have - count
      when 0 then @counts.delete(item)
      when 1.. then @counts[item] = have - count
      else raise Shortage.new(item, count - have)
      end
      count
    rescue Shortage => e
      warn "#{Time.now.iso8601} #{e.message}"
      0
    ensure
      @touched = true
    end

    def method_missing(symbol, *args)
      if symbol.to_s =~ /\Acount_of_(?<sku>\w+)\z/
        sku = $~[:sku].upcase
        find { |item, _| item.sku == sku }&.last || 0
      else
        super
      end
    end

    def respond_to_missing?(symbol, all = false)
      symbol.start_with?('count_of_') || super
    end
  end
end

bolt = Inventory::Item.new(sku: 'B10', name: 'bolt', weight: 0.02)
nut = Inventory::Item.new(sku: 'N10', name: 'nut', weight: 0.01)

shelf = Inventory::Shelf.build('A1', limit: 50) do
  put bolt, 400
  put nut, 300
end

until shelf.count_of_b10.zero?
  taken = shelf.take(bolt, [shelf.count_of_b10, 150].min)
  break if taken.zero?
end

report = <<~TEXT
  shelf #{shelf.name}: #{shelf.map { |i, n| "#{n} × #{i.name}" }.join(', ')}
    total: #{shelf.sum { |_, n| n }}
TEXT

puts report if $PROGRAM_NAME == __FILE__ and not report.empty?
%w[a b c].each_with_index.to_h.then { |h| h => { 'a' => Integer => zero }; p zero }

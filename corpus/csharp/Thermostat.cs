using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Example.Heating
{
    /// <summary>Keeps a room warm, but not too warm.</summary>
    public sealed class Thermostat : IDisposable
    {
        public enum Mode : byte { Off, Eco = 10, Comfort = 20 }

        public readonly struct Reading
        {
            public Reading(DateTime at, double celsius) => (At, Celsius) = (at, celsius);

            public DateTime At { get; }
            public double Celsius { get; }

            public static bool operator <(Reading a, Reading b) => a.Celsius < b.Celsius;
            public static bool operator >(Reading a, Reading b) => a.Celsius > b.Celsius;
        }

        private const double Hysteresis = 0.5d;
        private static readonly Dictionary<Mode, double> Targets = new Dictionary<Mode, double>
        {
            [Mode.Off] = 5.0,
            [Mode.Eco] = 17.5,
            [Mode.Comfort] = 21,
        };

        private readonly Queue<Reading> _history = new();
        private readonly SemaphoreSlim _gate = new SemaphoreSlim(1, 1);
        private volatile bool _heating;

        public event EventHandler<Reading> Changed;

        public Mode Current { get; private set; } = Mode.Eco;

        public double? Average => _history.Count == 0 ? (double?)null : _history.Average(r => r.Celsius);

        public double this[Mode mode]
        {
            get => Targets.TryGetValue(mode, out var target) ? target : throw new ArgumentOutOfRangeException(nameof(mode));
            set
            {
                if (value < 0 || value > 30)
                {
                    throw new ArgumentException($"not a temperature for a room: {value:F1} °C", nameof(value));
                }
                Targets[mode] = value;
            }
        }

        public async Task<bool> ReportAsync(Reading reading, CancellationToken token = default)
        {
            await _gate.WaitAsync(token).ConfigureAwait(false);
            try
            {
                _history.Enqueue(reading);
                while (_history.Count > 60) _history.Dequeue();
                var target = this[Current];
                bool heat = reading.Celsius switch
                {
                    var c when c < target - Hysteresis => true,
                    var c when c > target + Hysteresis => false,
                    _ => _heating,
                };
                if (heat != _heating)
                {
                    _heating = heat;
                    Changed?.Invoke(this, reading);
                }
                return heat;
            }
            catch (InvalidOperationException e) when (e.InnerException is null)
            {
                Console.Error.WriteLine(@"C:\logs\""thermostat""");
                return false;
            }
            finally
            {
                _gate.Release();
            }
        }

        public IEnumerable<(DateTime Hour, double Low, double High)> Hourly()
        {
            var hours = from r in _history
                        where r.Celsius > -40
                        group r by new DateTime(r.At.Year, r.At.Month, r.At.Day, r.At.Hour, 0, 0) into g
                        orderby g.Key descending
                        select g;
            foreach (var hour in hours)
            {
                yield return (hour.Key, hour.Min(r => r.Celsius), hour.Max(r => r.Celsius));
            }
        }

        public void Switch(Mode mode)
        {
            switch (mode)
            {
                case Mode.Off:
                    _heating = false;
                    goto default;
                case Mode.Eco:
                case Mode.Comfort:
                default:
                    Current = mode;
                    break;
            }
        }

        public void Dispose() => _gate.Dispose();
    }
}

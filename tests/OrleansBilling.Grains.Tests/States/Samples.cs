using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Grains.Tests.States;

/// <summary>Makes values of any type of state in which every member has a value, and several where there are kinds to show.</summary>
internal static class Samples
{
    private const int Kinds = 9;

    /// <summary>As many rows as the largest closed set or enum among the members has kinds; always the same ones.</summary>
    public static object[] Of(Type envelope)
    {
        var rows = Enumerable.Range(0, Kinds).Select(variant => new Maker(variant).Make(envelope, "")!).Take(RowsFor(envelope, [])).ToArray();
        var typed = (object[])Array.CreateInstance(envelope, rows.Length);
        rows.CopyTo(typed, 0);
        return typed;
    }

    private static int RowsFor(Type type, HashSet<Type> seen) =>
        !seen.Add(type) ? 1
        : SampleCoverage.ElementOf(type) is { } element ? RowsFor(element, seen)
        : type.IsEnum ? Math.Min(Kinds, Enum.GetValues(type).Length)
        : type.Namespace?.StartsWith("OrleansBilling", StringComparison.Ordinal) is not true ? 1
        : SampleCoverage.KindsOf(type).Concat(SampleCoverage.MembersOf(type).Select(member => Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType))
            .Select(next => RowsFor(next, seen)).Append(Math.Max(1, SampleCoverage.KindsOf(type).Count)).Max();

    private sealed class Maker(int variant)
    {
        private static readonly MethodInfo ArrayMaker = typeof(Maker).GetMethod(nameof(ArrayOf), BindingFlags.Static | BindingFlags.NonPublic)!;
        private static readonly MethodInfo MapMaker = typeof(Maker).GetMethod(nameof(MapOf), BindingFlags.Static | BindingFlags.NonPublic)!;
        private readonly Stack<Type> _within = new();
        private int _count;

        public object? Make(Type declared, string name)
        {
            var type = Nullable.GetUnderlyingType(declared) ?? declared;
            return Scalar(type, name) ?? Meant(type) ?? Collection(type, name) ?? Record(type);
        }

        private object? Scalar(Type type, string name) => type switch
        {
            _ when type == typeof(string) => $"{name}_{++_count}",
            _ when type == typeof(bool) => true,
            _ when type == typeof(int) => name is "SchemaVersion" ? 1 : ++_count,
            _ when type == typeof(long) => 1000L + ++_count,
            _ when type == typeof(decimal) => decimal.Parse($"{++_count}.250", CultureInfo.InvariantCulture),
            _ when type == typeof(Instant) => Instant.FromUtc(2024, 2, 29, 12, 30, 1) + Duration.FromDays(++_count),
            _ when type == typeof(LocalDate) => new LocalDate(2024, 2, 29).PlusDays(++_count),
            _ when type == typeof(LocalDateTime) => new LocalDateTime(2024, 2, 29, 12, 30).PlusDays(++_count),
            _ when type == typeof(Duration) => Duration.FromHours(++_count),
            _ when type == typeof(LocalTime) => new LocalTime(12, 30, 1),
            _ when type.IsEnum => Enum.GetValues(type).GetValue((variant + 1) % Enum.GetValues(type).Length),
            _ when type == typeof(object) => "fact",
            _ => null,
        };

        // Types whose values must make sense together.
        private object? Meant(Type type)
        {
            var at = Instant.FromUtc(2024, 1, 31, 0, 0).Plus(Duration.FromDays(variant));
            return type switch
            {
                _ when type == typeof(Currency) => Currency.Of("usd"),
                _ when type == typeof(LedgerAccount) => LedgerAccount.Receivable,
                _ when type == typeof(Domain.Schedule.Period) => new Domain.Schedule.Period(at, at + Duration.FromDays(30)),
                _ when type == typeof(Share) => new Share(9, 30),
                _ when type == typeof(BillingInterval) => new BillingInterval(IntervalUnit.Month, 1 + variant),
                _ => null,
            };
        }

        private object? Collection(Type type, string name)
        {
            if (SampleCoverage.ElementOf(type) is not { } element)
            {
                return null;
            }

            var two = new object?[] { Make(element, name), Make(element, name) };
            return (type.GetGenericArguments().Length is 2 ? MapMaker : ArrayMaker).MakeGenericMethod(element).Invoke(null, [two]);
        }

        private object? Record(Type declared)
        {
            // A type within itself (what a calendar was before a change of zone) ends after one step.
            if (_within.Count(it => it == declared) > 1)
            {
                return null;
            }

            _within.Push(declared);
            var kinds = SampleCoverage.KindsOf(declared);
            var type = kinds.Count is 0 ? declared : kinds[variant % kinds.Count];
            var constructor = type.GetConstructors().OrderByDescending(it => it.GetParameters().Length).FirstOrDefault()
                ?? throw new InvalidOperationException($"No sample of {type.FullName} can be made; say in Samples.Meant how.");
            var parameters = constructor.GetParameters();
            var made = constructor.Invoke([.. parameters.Select(parameter => Make(parameter.ParameterType, parameter.Name!))]);
            foreach (var property in SampleCoverage.MembersOf(type).Where(member => !parameters.Any(it => string.Equals(it.Name, member.Name, StringComparison.OrdinalIgnoreCase))))
            {
                property.SetValue(made, Make(property.PropertyType, property.Name));
            }

            _within.Pop();
            return made;
        }

        private static ImmutableArray<T> ArrayOf<T>(object?[] values) => [.. values.Cast<T>()];

        private static ImmutableSortedDictionary<string, T> MapOf<T>(object?[] values) =>
            values.Select((value, i) => KeyValuePair.Create($"key_{i}", (T)value!)).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }
}

using System.Text;
using CsCheck;
using Npgsql;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Metering;

/// <summary>What is read from bytes without numbers and dates in between is what everybody else reads.</summary>
public sealed class IngestTextTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0.0")]
    [InlineData("1")]
    [InlineData("-1.50")]
    [InlineData("9999")]
    [InlineData("10000")]
    [InlineData("12345678.000100020003")]
    [InlineData("0.000000000001")]
    [InlineData("0.00001")]
    [InlineData("1000000000000")]
    [InlineData("-999999999999.999999999999")]
    [InlineData("000120.5000")]
    [InlineData("100000000")]
    public async Task Numbers_are_what_the_database_reads(string text)
    {
        Span<byte> bytes = stackalloc byte[NumericText.MaxBytes];
        var length = NumericText.Encode(Encoding.ASCII.GetBytes(text), bytes);
        var raw = Convert.ToHexStringLower(bytes[..length]);
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabaseAsync());
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select encode(numeric_send(trim_scale($1::numeric)), 'hex')", connection) { Parameters = { new() { Value = text } } };
        Assert.Equal(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), raw);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1e3")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1,5")]
    [InlineData("1000000000000.1")]
    [InlineData("1000000000001")]
    [InlineData("10000000000000")]
    [InlineData("0.0000000000001")]
    [InlineData("NaN")]
    public void What_is_no_number_within_the_limits_is_refused(string text) =>
        Assert.Equal(0, NumericText.Encode(Encoding.ASCII.GetBytes(text), stackalloc byte[NumericText.MaxBytes]));

    [Fact]
    public void Instants_are_what_the_calendar_reads() => Gen.Select(Gen.Long[-2_000_000_000_000_000, 200_000_000_000_000_000], Gen.Int[-18 * 60, 18 * 60]).Sample(pair =>
    {
        var instant = Instant.FromUnixTimeTicks(pair.Item1 * 10);
        var text = OffsetDateTimePattern.Rfc3339.Format(instant.WithOffset(Offset.FromSeconds(pair.Item2 * 60)));
        Assert.True(InstantText.TryRead(Encoding.ASCII.GetBytes(text), out var microseconds), text);
        Assert.Equal(pair.Item1, microseconds);
    });

    [Theory]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-01-01")]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-01-01 00:00:00Z")]
    [InlineData("2026-01-01T24:00:00Z")]
    [InlineData("2026-01-01T00:60:00Z")]
    [InlineData("2026-01-01T00:00:60Z")]
    [InlineData("2026-01-01T00:00:00.Z")]
    [InlineData("2026-01-01T00:00:00+0100")]
    [InlineData("2026-01-01T00:00:00+19:00")]
    [InlineData("2026-1-01T00:00:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("2026-01-01T00:00:00ZZ")]
    public void What_is_no_instant_is_refused(string text) => Assert.False(InstantText.TryRead(Encoding.ASCII.GetBytes(text), out _), text);

    [Fact]
    public void A_days_filter_denies_no_key_that_it_holds_and_most_others()
    {
        var filter = new DayFilter(20_000);
        UInt128[] Keys(string account) => [.. Enumerable.Range(0, 20_000).Select(i => EventHash.KeyOf(Encoding.ASCII.GetBytes(account), Encoding.ASCII.GetBytes($"e{i}")))];
        var held = Keys("acct_a");
        Assert.All(held, filter.Add);
        Assert.All(held, key => Assert.True(filter.MayHold(key)));
        Assert.InRange(Keys("acct_b").Count(filter.MayHold), 0, 400);
        Assert.False(new DayFilter(0).MayHold(held[0]));
    }

    [Fact]
    public void Keys_of_an_id_begin_alike_whatever_the_account()
    {
        var (one, two) = (EventHash.KeyOf("acct_a"u8, "e1"u8), EventHash.KeyOf("acct_b"u8, "e1"u8));
        Assert.NotEqual(one, two);
        Assert.Equal(EventHash.PrefixOf("e1"u8), (ulong)(one >> 80));
        Assert.Equal(one >> 80, two >> 80);
        Assert.NotEqual(one >> 80, EventHash.KeyOf("acct_a"u8, "e2"u8) >> 80);

        // What separates account and id is no part of either.
        Assert.NotEqual(EventHash.KeyOf("ab"u8, "c"u8), EventHash.KeyOf("a"u8, "bc"u8));
    }
}

using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Kernel;

public sealed class IdSourceTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 1, 31, 10, 0);

    [Fact]
    public void The_same_turn_makes_the_same_ids_again()
    {
        var first = new IdSource("turn", Now);
        var again = new IdSource("turn", Now);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(first.Next("inv"), again.Next("inv"));
            Assert.Equal(first.Next("line"), again.Next("line"));
        }
    }

    [Fact]
    public void Ids_of_one_turn_and_of_two_turns_differ()
    {
        var one = new IdSource("one", Now);
        var two = new IdSource("two", Now);
        var ids = Enumerable.Range(0, 1000).SelectMany(_ => new[] { one.Next("inv"), two.Next("inv"), one.Next("line") });
        Assert.Equal(3000, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void An_id_is_its_prefix_and_26_characters_that_cannot_be_misread() =>
        Assert.Matches("^inv_[0-9a-hjkmnp-tv-z]{26}$", new IdSource("turn", Now).Next("inv"));

    [Fact]
    public void Ids_of_one_prefix_sort_by_their_time() =>
        Gen.Select(Gen.String, Gen.String, Gen.Long[0, 4_000_000_000_000], Gen.OneOf(Gen.Long[1, 1000], Gen.Long[1, 1_000_000_000_000]))
            .Sample((seed, other, at, later) =>
            {
                var before = new IdSource(seed, Instant.FromUnixTimeMilliseconds(at)).Next("inv");
                var after = new IdSource(other, Instant.FromUnixTimeMilliseconds(at + later)).Next("inv");
                return string.CompareOrdinal(before, after) < 0;
            });
}

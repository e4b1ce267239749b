using NodaTime;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Domain.Tests.Sellers;

public sealed class DocumentNumbersTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 0, 0);

    [Fact]
    public void Each_prefix_counts_on_from_its_last_number_in_the_order_of_issue()
    {
        var step = DocumentNumbers.Give("acme", "invoice", [new NumberSeries("A", 41), new NumberSeries("OLD-", 7)], [Waiting("a", "A"), Waiting("b", "B-"), Waiting("c", "A"), Waiting("d", "OLD-")]);
        Assert.Equal(["A-000042", "B-000001", "A-000043", "OLD-000008"], step.Numbers.Select(given => given.Number));
        Assert.Equal(["a", "b", "c", "d"], step.Numbers.Select(given => given.Document.Document));
        Assert.Equal([("A", 41), ("B-", 0), ("OLD-", 7)], step.Seen.Select(series => (series.Prefix, series.Last)));
        Assert.Equal([("A", 43), ("B-", 1), ("OLD-", 8)], step.Next.Select(series => (series.Prefix, series.Last)));
        Assert.All(step.Events, told => Assert.Equal("invoice.numbered", told.Type));
    }

    [Fact]
    public void Credit_notes_have_numbers_that_no_invoice_has()
    {
        var step = DocumentNumbers.Give("acme", "credit_note", [], [Waiting("a", "A"), Waiting("b", "")]);
        Assert.Equal(["A-CN-000001", "CN-000001"], step.Numbers.Select(given => given.Number));
        Assert.All(step.Events, told => Assert.Equal("credit_note.numbered", told.Type));
    }

    [Theory]
    [InlineData("", 1, "000001")]
    [InlineData("A", 1, "A-000001")]
    [InlineData("A-", 1, "A-000001")]
    [InlineData("2026/", 999_999, "2026/999999")]
    [InlineData("R", 1_000_000, "R-1000000")]
    public void How_a_number_is_written(string prefix, long number, string written) => Assert.Equal(written, DocumentNumbers.Written(prefix, number));

    private static WaitingDocument Waiting(string id, string prefix) => new(id, "acct", prefix, Now);
}

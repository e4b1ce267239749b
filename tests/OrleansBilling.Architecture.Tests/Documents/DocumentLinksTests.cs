namespace OrleansBilling.Architecture.Tests.Documents;

/// <summary>What a document points at exists: relative links with their headings, and paths of the project in code spans.</summary>
public sealed class DocumentLinksTests
{
    public static TheoryData<string> Documents { get; } = [.. DocumentLinks.All()];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Everything_that_a_document_points_at_exists(string document) =>
        Assert.Empty(DocumentLinks.Faults(document, File.ReadAllText(Path.Combine(DocumentLinks.Root, document))));

    /// <summary>An index that leaves a page out hides it.</summary>
    [Fact]
    public void Every_decision_is_in_the_index()
    {
        var index = File.ReadAllText(Path.Combine(DocumentLinks.Root, "docs/decisions/README.md"));

        Assert.DoesNotContain(
            DocumentLinks.All(),
            page => page.StartsWith("docs/decisions/0", StringComparison.Ordinal) && !index.Contains($"({Path.GetFileName(page)})", StringComparison.Ordinal));
    }

    [Fact]
    public void There_are_documents() => Assert.Contains("docs/rules.md", DocumentLinks.All());

    [Theory]
    [InlineData("See [rules](rules.md).", null)]
    [InlineData("See [rules](rules.md#money).", null)]
    [InlineData("See [out](https://example.com/nothing) and [mail](mailto:a@b.c).", null)]
    [InlineData("`src/OrleansBilling.Domain/Kernel/Rounding.cs` and `src/*/Dunning/`.", null)]
    [InlineData("```\n[no](nowhere.md) src/none\n```", null)]
    [InlineData("See [rules](rulez.md).", "rulez.md")]
    [InlineData("See [rules](rules.md#no-such-heading).", "rules.md#no-such-heading")]
    [InlineData("![picture](none.svg)", "none.svg")]
    [InlineData("It is in `src/OrleansBilling.Domain/Nowhere.cs`.", "src/OrleansBilling.Domain/Nowhere.cs")]
    [InlineData("Run `deploy/walk now`.", "deploy/walk")]
    public void A_pointer_to_nothing_is_found(string text, string? fault) =>
        Assert.Equal(fault is null ? [] : [fault], DocumentLinks.Faults("docs/example.md", text));
}

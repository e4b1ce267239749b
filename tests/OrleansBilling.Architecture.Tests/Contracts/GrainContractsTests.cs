using OrleansBilling.Architecture.Tests.Fixtures;
using OrleansBilling.Architecture.Tests.Guards;
using OrleansBilling.Architecture.Tests.Reading;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Architecture.Tests.Contracts;

/// <summary>Silos of two releases run side by side during an update, so contracts change on purpose or not at all.</summary>
public sealed class GrainContractsTests
{
    private const string PinnedPath = "tests/OrleansBilling.Architecture.Tests/Contracts/grain-contracts.txt";
    private const string Accept = "ACCEPT_CONTRACTS";

    [Fact]
    public void Contracts_are_as_pinned()
    {
        var now = GrainContracts.Write(Messages.InterfacesOf(typeof(CommandKey).Assembly));
        if (Environment.GetEnvironmentVariable(Accept) is "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, PinnedPath), now);
        }

        var difference = Pinned.Difference(Repository.Read(PinnedPath), now);
        Assert.True(
            difference.Length is 0,
            $"""
            Grain contracts differ from {PinnedPath} (- pinned, + now):
            {difference}
            A removed or renumbered member breaks silos that still run the former release. Where the change is meant
            (members added with new numbers, methods added), accept it with {Accept}=1 and commit the file.
            """);
    }

    [Fact]
    public void A_changed_order_of_members_is_seen()
    {
        var former = GrainContracts.Write([typeof(ContractBefore.IParcelGrain)]);
        var changed = GrainContracts.Write([typeof(ContractAfter.IParcelGrain)]);
        var difference = Pinned.Difference(former, changed);
        Assert.Contains("-   0 Weight: Int64", difference, StringComparison.Ordinal);
        Assert.Contains("+   1 Weight: Int64", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_signature_and_a_changed_value_are_seen()
    {
        var difference = Pinned.Difference(GrainContracts.Write([typeof(ContractBefore.IParcelGrain)]), GrainContracts.Write([typeof(ContractAfter.IParcelGrain)]));
        Assert.Contains("""-   "Send" Send(Parcel parcel) -> Task""", difference, StringComparison.Ordinal);
        Assert.Contains("""+   "Send" Send(Parcel parcel, Boolean fragile) -> Task""", difference, StringComparison.Ordinal);
        Assert.Contains("-   1 Large", difference, StringComparison.Ordinal);
        Assert.Contains("+   1 Medium", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_texts_have_no_difference() => Assert.Equal("", Pinned.Difference("a\nb\n", "a\r\nb\r\n"));
}

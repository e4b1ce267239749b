using CsCheck;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

/// <summary>However a period is cut, its pieces cost what the whole costs.</summary>
public sealed class PieceProperties
{
    [Fact]
    public void Pieces_by_quantity_sum_to_the_whole() => Gen.Select(PricingGen.ByQuantity, Gen.Int[0, 60_000].Array[1, 6]).Sample((model, hundredths) =>
    {
        decimal before = 0;
        long billed = 0;
        for (var i = 0; i < hundredths.Length; i++)
        {
            var input = new RatingInput(hundredths[i] / 100m) { PreviousQuantity = before, PreviousAmount = billed, Position = Position(i, hundredths.Length) };
            billed += Amount(model, input);
            before += input.Quantity;
        }

        Assert.Equal(Amount(model, before), billed);
    });

    [Fact]
    public void Pieces_by_events_sum_to_the_whole() => Gen.Select(GenPercentage, Gen.Int[0, 500_000].Select(cents => cents / 10m).Array[1, 12], Gen.Int[1, 4]).Sample((model, events, size) =>
    {
        var pieces = events.Chunk(size).ToList();
        var before = new List<decimal>();
        long billed = 0;
        for (var i = 0; i < pieces.Count; i++)
        {
            var input = new RatingInput(0)
            {
                Events = [.. pieces[i]],
                PreviousEvents = [.. before],
                PreviousQuantity = before.Sum(),
                PreviousAmount = billed,
                Position = Position(i, pieces.Count),
            };
            billed += Amount(model, input);
            before.AddRange(pieces[i]);
        }

        Assert.Equal(Amount(model, new RatingInput(0) { Events = [.. events] }), billed);
    });

    [Fact]
    public void A_maximum_is_never_passed_nor_a_minimum_missed() => Gen.Select(PricingGen.ByQuantity, Gen.Int[0, 100_000]).Sample((model, quantity) =>
    {
        var amount = Amount(model, quantity);

        Assert.True(amount >= (model.MinimumAmount ?? 0));
        Assert.True(amount <= (model.MaximumAmount ?? long.MaxValue));
    });

    private static readonly Gen<PricingModel> GenPercentage = Gen.Select(
        Gen.Int[0, 5000], Gen.Int[0, 100], Gen.Int[0, 5], Gen.Int[0, 50_000], Gen.Int[0, 40], Gen.Int[0, 7],
        (rate, fixedAmount, freeEvents, freeValue, minimum, which) => (PricingModel)new PercentageModel(
            rate / 1000m,
            fixedAmount,
            (which & 1) != 0 ? freeEvents : null,
            (which & 2) != 0 ? freeValue : null,
            (which & 4) != 0 ? minimum : null,
            (which & 4) != 0 ? minimum + 100 : null));

    private static PiecePosition Position(int index, int count) => (index, count) switch
    {
        (0, 1) => PiecePosition.Only,
        (0, _) => PiecePosition.First,
        _ when index == count - 1 => PiecePosition.Last,
        _ => PiecePosition.Middle,
    };
}

using System.Collections.Frozen;
using OrleansBilling.Domain.Accounts;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>Names of countries in the languages of documents; others are shown by their code.</summary>
internal static class CountryNames
{
    private const string Table =
        """
        at|Austria|Österreich|Autriche|オーストリア
        au|Australia|Australien|Australie|オーストラリア
        be|Belgium|Belgien|Belgique|ベルギー
        bg|Bulgaria|Bulgarien|Bulgarie|ブルガリア
        br|Brazil|Brasilien|Brésil|ブラジル
        ca|Canada|Kanada|Canada|カナダ
        ch|Switzerland|Schweiz|Suisse|スイス
        cl|Chile|Chile|Chili|チリ
        cn|China|China|Chine|中国
        cy|Cyprus|Zypern|Chypre|キプロス
        cz|Czechia|Tschechien|Tchéquie|チェコ
        de|Germany|Deutschland|Allemagne|ドイツ
        dk|Denmark|Dänemark|Danemark|デンマーク
        ee|Estonia|Estland|Estonie|エストニア
        es|Spain|Spanien|Espagne|スペイン
        fi|Finland|Finnland|Finlande|フィンランド
        fr|France|Frankreich|France|フランス
        gb|United Kingdom|Vereinigtes Königreich|Royaume-Uni|イギリス
        gr|Greece|Griechenland|Grèce|ギリシャ
        hk|Hong Kong|Hongkong|Hong Kong|香港
        hr|Croatia|Kroatien|Croatie|クロアチア
        hu|Hungary|Ungarn|Hongrie|ハンガリー
        ie|Ireland|Irland|Irlande|アイルランド
        il|Israel|Israel|Israël|イスラエル
        in|India|Indien|Inde|インド
        is|Iceland|Island|Islande|アイスランド
        it|Italy|Italien|Italie|イタリア
        jp|Japan|Japan|Japon|日本
        kr|South Korea|Südkorea|Corée du Sud|韓国
        kw|Kuwait|Kuwait|Koweït|クウェート
        li|Liechtenstein|Liechtenstein|Liechtenstein|リヒテンシュタイン
        lt|Lithuania|Litauen|Lituanie|リトアニア
        lu|Luxembourg|Luxemburg|Luxembourg|ルクセンブルク
        lv|Latvia|Lettland|Lettonie|ラトビア
        mt|Malta|Malta|Malte|マルタ
        mx|Mexico|Mexiko|Mexique|メキシコ
        nl|Netherlands|Niederlande|Pays-Bas|オランダ
        no|Norway|Norwegen|Norvège|ノルウェー
        nz|New Zealand|Neuseeland|Nouvelle-Zélande|ニュージーランド
        pl|Poland|Polen|Pologne|ポーランド
        pt|Portugal|Portugal|Portugal|ポルトガル
        ro|Romania|Rumänien|Roumanie|ルーマニア
        se|Sweden|Schweden|Suède|スウェーデン
        sg|Singapore|Singapur|Singapour|シンガポール
        si|Slovenia|Slowenien|Slovénie|スロベニア
        sk|Slovakia|Slowakei|Slovaquie|スロバキア
        tr|Türkiye|Türkei|Turquie|トルコ
        tw|Taiwan|Taiwan|Taïwan|台湾
        ua|Ukraine|Ukraine|Ukraine|ウクライナ
        us|United States|Vereinigte Staaten|États-Unis|アメリカ合衆国
        za|South Africa|Südafrika|Afrique du Sud|南アフリカ
        """;

    private static readonly FrozenDictionary<string, string[]> Names = Table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('|')).ToFrozenDictionary(parts => parts[0], parts => parts[1..], StringComparer.Ordinal);

    /// <summary>The name of a country.</summary>
    /// <param name="code">ISO 3166 alpha-2, lower case.</param>
    /// <param name="language">The language of the document.</param>
    public static string Of(string code, DocumentLanguage language) =>
        Names.TryGetValue(code, out var names) ? names[(int)language] : code.ToUpperInvariant();
}

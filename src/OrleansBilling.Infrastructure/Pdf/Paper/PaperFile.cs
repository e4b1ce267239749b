using System.Security.Cryptography;
using System.Text;
using OrleansBilling.Infrastructure.Pdf.Writer;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>Pages as a file. The same document gives the same file, byte by byte.</summary>
internal sealed class PaperFile(PaperDocument paper, FontSet fonts, IReadOnlyList<PdfPage> pages)
{
    /// <summary>The file.</summary>
    public byte[] Write()
    {
        var file = new PdfFile();
        var (catalog, tree) = (file.Reserve(), file.Reserve());
        var numbers = new List<int>();
        var contents = pages.Select(page => file.AddStream(page.Content)).ToList();
        var resources = file.Add($"<< /ProcSet [/PDF /Text] /Font << {fonts.Write(file)}>> >>");
        for (var i = 0; i < pages.Count; i++)
        {
            numbers.Add(file.Add(
                $"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {PdfFile.Number(pages[i].Width)} {PdfFile.Number(pages[i].Height)}] "
                + $"/Resources {resources} 0 R /Contents {contents[i]} 0 R >>"));
        }

        file.Set(tree, $"<< /Type /Pages /Count {numbers.Count} /Kids [{string.Join(' ', numbers.Select(number => $"{number} 0 R"))}] >>");
        file.Set(catalog, $"<< /Type /Catalog /Pages {tree} 0 R /Lang ({paper.Language}) /ViewerPreferences << /DisplayDocTitle true >> >>");
        var info = file.Add(
            $"<< /Title {PdfFile.Text(paper.Running)} /Author {PdfFile.Text(paper.Seller[0])} /Producer (OrleansBilling) /CreationDate ({paper.Date}) >>");
        return file.Write(catalog, info, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(paper.Id)).AsSpan(0, 16)));
    }
}

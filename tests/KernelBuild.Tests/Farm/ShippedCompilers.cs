using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Farm;
using KernelBuild.Host.Files;

namespace KernelBuild.Tests.Farm;

/// <summary>The real icecc-create-env packs a small program, as it packs a compiler.</summary>
public sealed class ShippedCompilers : IDisposable
{
    private const string Program = "/usr/bin/sort";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kernelbuild-shipped-");

    public void Dispose() => _folder.Delete(recursive: true);

    private static FarmCompiler Compiler(string digest) => new(
        "sort", Program, "aarch64-linux-gnu", new string('0', 64),
        ImmutableSortedDictionary<string, string>.Empty.Add(Program, digest));

    [FactWith("icecc-create-env", "file")]
    public async Task An_archive_is_kept_and_made_again_when_it_is_damaged()
    {
        var environment = new IcecreamEnvironment(_folder.FullName);
        var digest = Sha256Digest.OfFile(Program).ToString();
        var (file, sha256) = await environment.FindOrMakeAsync(Compiler(digest), TestContext.Current.CancellationToken);
        sha256.ShouldBe(Sha256Digest.OfFile(file).ToString());
        Oracle.Text("/", "tar", "tzf", file).ShouldContain("usr/bin/clang");
        var written = File.GetLastWriteTimeUtc(file);
        (await environment.FindOrMakeAsync(Compiler(digest), TestContext.Current.CancellationToken)).ShouldBe((file, sha256));
        File.GetLastWriteTimeUtc(file).ShouldBe(written);

        using (var stream = File.OpenWrite(file))
        {
            stream.Position = 100;
            stream.WriteByte(0xff);
        }

        var (_, again) = await environment.FindOrMakeAsync(Compiler(digest), TestContext.Current.CancellationToken);
        again.ShouldBe(Sha256Digest.OfFile(file).ToString());
        Oracle.Text("/", "tar", "tzf", file).ShouldContain("usr/bin/clang");
    }

    [FactWith("icecc-create-env", "file")]
    public async Task Another_compiler_than_the_toolchains_is_not_sent()
    {
        var environment = new IcecreamEnvironment(_folder.FullName);
        var thrown = await Should.ThrowAsync<DiagnosticException>(
            () => environment.FindOrMakeAsync(Compiler(new string('a', 64)), TestContext.Current.CancellationToken));
        thrown.Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.BuildFarmUnusable);
        _folder.GetFiles("*.tar.gz").ShouldBeEmpty();
    }
}

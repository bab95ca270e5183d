using KernelBuild.Diagnostics;
using KernelBuild.Fetch;

namespace KernelBuild.Tests.Fetch;

public sealed class SpecTests
{
    private const string Digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static KernelSourceSpec Parse(string text) => KernelSourceSpec.Parse(text, "/repo/kernels/demo");

    [Fact]
    public void A_package_may_have_a_version()
    {
        Parse("debian:linux-source-6.1").ShouldBe(new DebianSpec("debian:linux-source-6.1", "linux-source-6.1", null));
        Parse("debian:linux-source-6.1=6.1.2-1~deb12u1")
            .ShouldBe(new DebianSpec("debian:linux-source-6.1=6.1.2-1~deb12u1", "linux-source-6.1", "6.1.2-1~deb12u1"));
    }

    [Fact]
    public void A_manifest_has_a_file_and_a_revision()
    {
        const string Text = "repo:https://ann:s3cr3t@example.org/kernel/manifest#a/b.xml@feature/x@2";
        var spec = Parse(Text).ShouldBeOfType<RepoManifestSpec>();
        (spec.Text, spec.Address.Url, spec.File, spec.Commit, spec.Ref).ShouldBe(
            ("repo:https://example.org/kernel/manifest#a/b.xml@feature/x@2", "https://example.org/kernel/manifest", "a/b.xml", null, "feature/x@2"));
        Parse("repo:git@example.org:m#default.xml@" + Commit).ShouldBeOfType<RepoManifestSpec>().Commit.ToString().ShouldBe(Commit);
    }

    [Theory]
    [InlineData("repo:https://example.org/m")]
    [InlineData("repo:https://example.org/m#default.xml")]
    [InlineData("repo:https://example.org/m#default.xml@")]
    [InlineData("repo:https://example.org/m#@main")]
    [InlineData("repo:#default.xml@main")]
    [InlineData("repo:https://example.org/m#../default.xml@main")]
    [InlineData("repo:https://example.org/m#default.xml@-x")]
    [InlineData("repo:https://example.org/m#default.xml@0123456789")]
    public void A_manifest_without_one_of_them_is_KB1001(string text) => Findings.Of("KB1001", () => Parse(text));

    [Fact]
    public void A_package_may_have_a_suite_after_its_version()
    {
        const string Backport = "debian:linux-source-6.12=6.12.9-1~bpo12+1@bookworm-backports";
        Parse(Backport).ShouldBe(new DebianSpec(Backport, "linux-source-6.12", "6.12.9-1~bpo12+1", "bookworm-backports"));
        Parse("debian:linux-source-4.19@buster/updates")
            .ShouldBe(new DebianSpec("debian:linux-source-4.19@buster/updates", "linux-source-4.19", null, "buster/updates"));
    }

    [Theory]
    [InlineData("https://example.org/linux.git", "https://example.org/linux.git")]
    [InlineData("git@example.org:linux.git", "git@example.org:linux.git")]
    [InlineData("ssh://git@example.org:22/linux.git", "ssh://git@example.org:22/linux.git")]
    [InlineData("/srv/linux", "file:///srv/linux")]
    [InlineData("../../linux", "file:///repo/linux")]
    public void A_repository_is_a_URL_or_a_folder(string url, string expected)
    {
        ((GitSpec)Parse($"git:{url}#v6.1")).Address.Url.ShouldBe(expected);
        ((GitSpec)Parse($"git:{url}#v6.1")).Ref.ShouldBe("v6.1");
        ((GitSpec)Parse($"git:{url}#{Commit}")).Commit!.Value.ToString().ShouldBe(Commit);
    }

    [Theory]
    [InlineData("https://example.org/linux.tar.xz", "/linux.tar.xz")]
    [InlineData("linux.tar.xz", "/repo/kernels/demo/linux.tar.xz")]
    [InlineData("/srv/linux.tar.xz", "/srv/linux.tar.xz")]
    [InlineData("/srv/a b%20c#d?e.tar", "/srv/a b%20c#d?e.tar")]
    public void An_archive_is_a_URL_or_a_file(string place, string expected) =>
        ((ArchiveSpec)Parse($"archive:{place}#sha256={Digest}")).Location.LocalPath.ShouldBe(expected);

    [Theory]
    [InlineData("Kernel.tar.gz")]
    [InlineData("SM/Kernel a&b=c#d.tar")]
    public void A_member_of_an_archive_stands_behind_the_digest(string member)
    {
        ((ArchiveSpec)Parse($"archive:SM.zip#sha256={Digest}&member={member}")).Member.ShouldBe(member);
        ((ArchiveSpec)Parse($"archive:SM.zip#sha256={Digest}")).Member.ShouldBeNull();
    }

    [Fact]
    public void A_local_tree_is_relative_to_the_project() => ((LocalTreeSpec)Parse("path:../../linux")).Folder.ShouldBe("/repo/linux");

    [Theory]
    [InlineData("")]
    [InlineData("linux-source-6.1")]
    [InlineData("http://example.org/linux.tar.xz")]
    [InlineData("debian:")]
    [InlineData("debian:Linux")]
    [InlineData("debian:-o")]
    [InlineData("debian:linux-source-6.1=")]
    [InlineData("debian:linux-source-6.1@")]
    [InlineData("debian:linux-source-6.1@sid=6.1")]
    [InlineData("debian:linux-source-6.1@../sid")]
    [InlineData("debian:linux-source-6.1@a/b/c")]
    [InlineData("debian:@sid")]
    [InlineData("git:https://example.org/linux.git")]
    [InlineData("git:https://example.org/linux.git#")]
    [InlineData("git:#main")]
    [InlineData("git:https://example.org/linux.git#0123456789ab")]
    [InlineData("git:https://example.org/linux.git#--upload-pack=evil")]
    [InlineData("git:--upload-pack=evil#main")]
    [InlineData("archive:linux.tar.xz")]
    [InlineData("archive:linux.tar.xz#sha256=123")]
    [InlineData("archive:linux.zip#sha256=" + Digest + "&member=")]
    [InlineData("archive:linux.zip#sha256=" + Digest + "&folder=Kernel")]
    [InlineData("archive:ftp://example.org/linux.tar.xz#sha256=" + Digest)]
    [InlineData("archive:#sha256=" + Digest)]
    [InlineData("path:")]
    public void A_spec_that_cannot_be_read_is_KB1001(string text) =>
        Findings.Of(DiagnosticCodes.SourceSpecInvalid, () => Parse(text)).Fix.ShouldContain("debian:linux-source");
}

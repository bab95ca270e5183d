using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Tests.Oracles;

namespace KernelBuild.BootImages.Tests.Avb;

/// <summary>Keys that sign nothing but tests; making one of 8192 bits takes openssl a minute.</summary>
internal static class Keys
{
    public static string PathOf(int bits) => Path.Combine(Cases.RepositoryRoot, "tests", "KernelBuild.BootImages.Tests", "Keys", $"rsa{bits}.pem");

    public static AvbPrivateKey Read(int bits) => AvbPrivateKey.FromPem(File.ReadAllText(PathOf(bits)));
}

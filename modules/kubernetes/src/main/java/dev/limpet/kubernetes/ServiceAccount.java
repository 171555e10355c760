package dev.limpet.kubernetes;

import dev.limpet.certificates.PemFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What Kubernetes puts into a pod, so that it can speak to the API server. It changes: the files
 * are read each time. Blocks.
 */
record ServiceAccount(Path folder) {

  /** Empty where there is no file of it. */
  Optional<String> token() throws IOException {
    Optional<String> token = text("token");
    if (token.isPresent() && !token.get().matches("[!-~]+")) {
      throw new IOException(folder.resolve("token") + ": holds no token");
    }
    return token;
  }

  /** Where the pod is; empty where there is no file of it. */
  Optional<String> namespace() throws IOException {
    Optional<String> namespace = text("namespace");
    if (namespace.isPresent() && !namespace.get().matches("[a-z0-9-]{1,63}")) {
      throw new IOException(folder.resolve("namespace") + ": holds no namespace");
    }
    return namespace;
  }

  /** The file of the API server's authority, which need not be there. */
  Path authority() {
    return folder.resolve("ca.crt");
  }

  private Optional<String> text(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file)
        ? Optional.of(new String(PemFiles.read(file), StandardCharsets.UTF_8).strip())
        : Optional.empty();
  }
}

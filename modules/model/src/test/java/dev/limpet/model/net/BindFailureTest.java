package dev.limpet.model.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The system's words, in which its reasons come, and ours. */
class BindFailureTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "443  | bind(..) failed with error(-13): Permission denied | no permission for a port below 1024",
        "8443 | Permission denied (Bind failed)                    | no permission",
        "80   | Address already in use                             | the address is in use",
        "80   | Cannot assign requested address                    | this machine has no such address",
        "80   | Too many open files                                | too many open files (see ulimit -n)",
        "80   | something new                                      | something new"
      })
  void theRealReasonIsNamed(int port, String system, String reason) {
    BindException failure =
        BindFailure.of(
            new HostPort("0.0.0.0", port), new CompletionException(new BindException(system)));
    assertThat(failure).hasMessageStartingWith("cannot listen on 0.0.0.0:" + port + ": ");
    assertThat(failure.getMessage()).contains(reason);
  }

  @Test
  void whatThisProcessLacksIsNotTheOthersFault() {
    assertThat(OwnShortage.of(new IOException(new SocketException("Too many open files"))))
        .isEqualTo("too many open files (see ulimit -n)");
    assertThat(OwnShortage.of(new SocketException("Connection refused"))).isNull();
  }
}

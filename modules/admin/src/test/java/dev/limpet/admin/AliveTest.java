package dev.limpet.admin;

import static org.assertj.core.api.Assertions.assertThat;

import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.model.state.LoopHealth;
import org.junit.jupiter.api.Test;

class AliveTest {

  @Test
  void turnsRedWithALoopThatDoesNotComeBack() {
    assertThat(AdminServer.alive(new LoopHealth(3, 1, "")).status().intValue()).isEqualTo(200);
    HttpResponse red = AdminServer.alive(new LoopHealth(3, 1, "loop 1 stands still for 12 s"));
    assertThat(red.status().intValue()).isEqualTo(503);
    assertThat(((HttpEntity.Strict) red.entity()).getData().utf8String())
        .contains("loop 1 stands still for 12 s");
  }
}
